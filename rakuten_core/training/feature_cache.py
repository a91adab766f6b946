"""What a network makes of photos, computed once and kept on disk by the content of each photo."""

import hashlib
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import ImageOps
from tqdm.auto import tqdm

from rakuten_core.data.photos import Photos
from rakuten_core.errors import ImageError
from rakuten_core.files import replacing
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.inference.models.image_network import ImageNetwork
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.language import _
from rakuten_core.training.context import Context

CHUNK = 512
# On few cores some decode photos while the network takes the others.
_THREADS = 4


class StoredFeatures:
    """Features of many photos, read from memory-mapped chunks where they are asked for.

    Attributes:
        decoded: (photos,) whether each photo could be decoded; the others have no features.
    """

    def __init__(self, chunks: Sequence[np.ndarray], positions: np.ndarray) -> None:
        self._chunks = chunks
        self._positions = positions
        self.decoded = positions[:, 0] >= 0

    def __len__(self) -> int:
        return len(self._positions)

    def rows(self, rows: np.ndarray) -> np.ndarray:
        """Return the features of some photos, float32 (rows, ...).

        Raises:
            ImageError: one of them could not be decoded.
        """
        positions = self._positions[rows]
        if (positions[:, 0] < 0).any():
            raise ImageError(_("A photo could not be decoded: its file has changed. Run it again."))
        result = np.empty((len(positions), *self._chunks[0].shape[1:]), np.float32)
        for chunk in np.unique(positions[:, 0]):
            here = positions[:, 0] == chunk
            result[here] = self._chunks[chunk][positions[here, 1]]
        return result


class FeatureCache:
    """Features of photos under one folder, one sub-folder per network and geometry.

    Photos are known by the SHA-256 of their bytes: a photo that changed is computed anew, one that
    moved is not. Features are written in chunks of 512 photos, so that an interruption loses at
    most one chunk.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def features(
        self,
        photos: Photos,
        names: Sequence[str | None],
        network: LiteNetwork,
        network_key: str,
        preprocess: Callable[[np.ndarray], np.ndarray],
        crop: float = 0.0,
        mirror: bool = False,
        pool: bool = True,
    ) -> StoredFeatures:
        """Return the features of photos, computing those not yet known.

        A photo that cannot be decoded is named in a warning and left out.

        Args:
            photos: where the photos are read from.
            names: file names, one per row of the result.
            network: gives a feature map (rows, columns, channels).
            network_key: names the network and its weights; part of the cache's folder name.
            preprocess: the network's own preprocessing.
            crop: fraction to cut from the borders first.
            mirror: swap left and right.
            pool: keep the mean of the map, float32 (channels,), instead of all of it in float16.
        """
        view = f"crop{crop:g}{'-mirror' if mirror else ''}{'' if pool else '-map'}"
        stored = _Chunks(self._directory / f"{network_key}-{network.image_size}px-{view}")
        # Photos that stand twice in a chunk are computed once.
        claimed, claiming = set[str](), threading.Lock()

        def compute(name: str | None) -> tuple[str, np.ndarray | None]:
            content = photos.read(name or "")
            key = hashlib.sha256(content).hexdigest()
            with claiming:
                if key in stored.known or key in claimed:
                    return key, None
                claimed.add(key)
            try:
                image = decode_image(content)
            except ImageError as error:
                left_out = _("{name} is left out: {error}").format(name=name, error=error)
                warnings.warn(left_out, stacklevel=2)
                return key, None
            shown = ImageOps.mirror(image) if mirror else image
            pixels = to_square(shown, network.image_size, crop).astype(np.float32)
            output = network.run(preprocess(pixels))
            return key, output.mean(axis=(0, 1)) if pool else output.astype(np.float16)

        keys: list[str] = []
        bar = tqdm(total=len(names), desc=f"{network_key} {view}", unit="photo", mininterval=1)
        with bar, ThreadPoolExecutor(_THREADS) as pool_of_threads:
            for start in range(0, len(names), CHUNK):
                computed: dict[str, np.ndarray] = {}
                for key, output in pool_of_threads.map(compute, names[start : start + CHUNK]):
                    keys.append(key)
                    computed |= {} if output is None else {key: output}
                    bar.update()
                stored.add(computed)
        rows = np.array([stored.known.get(key, (-1, -1)) for key in keys])
        return StoredFeatures(stored.chunks, rows)


def photo_features(context: Context, network: ImageNetwork, table: pd.DataFrame) -> np.ndarray:
    """Return what a shipped network makes of a table's photos, float32 (products, channels)."""
    stored = FeatureCache(context.work / "features").features(
        context.catalog.photos,
        table["photo"].tolist(),
        network.network,
        f"{network.name}-{network.network.digest[:16]}",
        network.preprocess,
    )
    return stored.rows(np.arange(len(table)))


class _Chunks:
    """The chunks of one folder, and where in them each photo's features are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.known: dict[str, tuple[int, int]] = {}
        self.chunks: list[np.ndarray] = []
        # The list of keys is written last: a chunk without it was interrupted.
        for path in sorted(folder.glob("chunk-*.txt")):
            self._remember(path.with_suffix(".npy"))

    def add(self, computed: dict[str, np.ndarray]) -> None:
        """Write the features of some photos, by key, as another chunk; nothing if there is none."""
        if not computed:
            return
        path = self._folder / f"chunk-{next(iter(computed))[:16]}.npy"
        with replacing(path) as temporary:
            np.save(temporary, np.stack(list(computed.values())))
        with replacing(path.with_suffix(".txt")) as temporary:
            temporary.write_text("\n".join(computed))
        self._remember(path)

    def _remember(self, path: Path) -> None:
        keys = path.with_suffix(".txt").read_text().split()
        self.known.update((key, (len(self.chunks), row)) for row, key in enumerate(keys))
        self.chunks.append(np.load(path, mmap_mode="r", allow_pickle=False))
