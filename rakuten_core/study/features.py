"""Backbone features of photos, computed once and kept on disk by the content of each photo."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from rakuten_core.errors import ImageError
from rakuten_core.files import read_arrays, replacing
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.models.lite_network import LiteNetwork
from rakuten_core.photos import Photos

CHUNK = 512
_DECODING_THREADS = 4


class FeatureCache:
    """Pooled features of photos under one folder, one sub-folder per network and geometry.

    Photos are known by the SHA-256 of their bytes: a photo that changed is computed anew, one that
    moved is not. Features are written in chunks of 512 photos, so that an interruption loses at
    most one chunk.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def features(
        self,
        photos: Photos,
        names: Sequence[str],
        network: LiteNetwork,
        network_key: str,
        preprocess: Callable[[np.ndarray], np.ndarray],
        crop: float = 0.0,
    ) -> np.ndarray:
        """Return the globally average-pooled features of photos, computing those not yet known.

        Args:
            photos: where the photos are read from.
            names: file names, one per row of the result.
            network: the backbone.
            network_key: names the backbone and its weights; part of the cache's folder name.
            preprocess: the backbone's own preprocessing.
            crop: fraction to cut from the borders first.

        Returns:
            float32 (photos, channels); the row of a photo that cannot be decoded is NaN, and a
            warning names it.
        """
        folder = self._directory / f"{network_key}-{network.image_size}px-crop{crop:g}"
        known = _read_chunks(folder)

        def load(name: str) -> tuple[str, np.ndarray | None]:
            content = photos.read(name)
            key = hashlib.sha256(content).hexdigest()
            if key in known:
                return key, None
            try:
                square = to_square(decode_image(content), network.image_size, crop)
            except ImageError as error:
                warnings.warn(f"{name} is left out: {error}", stacklevel=2)
                return key, None
            return key, square

        keys: list[str] = []
        bar = tqdm(total=len(names), desc=f"Features {network_key}", unit="photo")
        with bar, ThreadPoolExecutor(_DECODING_THREADS) as pool:
            for start in range(0, len(names), CHUNK):
                computed: dict[str, np.ndarray] = {}
                for key, square in pool.map(load, names[start : start + CHUNK]):
                    keys.append(key)
                    if square is not None and key not in computed:
                        pixels = preprocess(square.astype(np.float32))
                        computed[key] = network.run(pixels).mean(axis=(0, 1))
                    bar.update()
                if computed:
                    _write_chunk(folder, computed)
                    known |= computed
        channels = len(next(iter(known.values()))) if known else 0
        missing = np.full(channels, np.nan, np.float32)
        return np.stack([known.get(key, missing) for key in keys]).astype(np.float32)


def _read_chunks(folder: Path) -> dict[str, np.ndarray]:
    known: dict[str, np.ndarray] = {}
    for path in sorted(folder.glob("chunk-*.npz")):
        chunk = read_arrays(path)
        known.update(zip(chunk["keys"].tolist(), chunk["features"], strict=True))
    return known


def _write_chunk(folder: Path, computed: dict[str, np.ndarray]) -> None:
    with replacing(folder / f"chunk-{next(iter(computed))[:16]}.npz") as temporary:
        np.savez(
            temporary, keys=np.array(list(computed)), features=np.stack(list(computed.values()))
        )
