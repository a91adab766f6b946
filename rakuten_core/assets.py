"""What is in `assets/`: trained models with their manifests, measures and test probabilities."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rakuten_core.errors import AssetError
from rakuten_core.files import key_of, read_json, replacing, sha256_of, write_json
from rakuten_core.language import _, listing
from rakuten_core.taxonomy import CODES

if TYPE_CHECKING:
    # Importing pandas takes longer than loading the models; only the tables need it.
    import pandas as pd

_SHIPPED = Path(__file__).resolve().parent / "shipped"
DEFAULT_ROOT = _SHIPPED if _SHIPPED.is_dir() else _SHIPPED.parents[1] / "assets"
"""Of an installed package inside it, of a checkout beside it."""
_RECORDED_LIBRARIES = (
    "numpy",
    "pandas",
    "scikit-learn",
    "pillow",
    "keras",
    "tensorflow-cpu",
    "tensorflow",
    "ai-edge-litert",
    "tokenizers",
)
PROBABILITIES_FILE, METRICS_FILE = "test_probabilities.parquet", "metrics.json"
VALIDATION_FILE = "validation_probabilities.parquet"
LATENCY_FILE, MANIFEST_FILE, HISTORY_FILE = "latency.json", "manifest.json", "history.json"
# Made again from other files or measured again at any time: the manifest does not list them.
_DERIVED = (METRICS_FILE, LATENCY_FILE, MANIFEST_FILE)
_RESULTS = (PROBABILITIES_FILE, VALIDATION_FILE, HISTORY_FILE)
STATISTICS_FOLDER, STATISTICS_MANIFEST = "statistics", "manifest.json"
STATISTICS_PARTS = ("target", "text", "training_texts", "images", "channels")
DATA_PARTS = STATISTICS_PARTS[:4]
"""Those that are of the data alone; channels are of a trained network."""
LABELS_FOLDER = "labels"
VECTORS_FOLDER, VECTORS_MANIFEST = "vectors", "manifest.json"
TEXT_INDEX, PHOTO_INDEX, MAP_FILE = "texts.npz", "photos.npz", "map.parquet"
EXPLANATIONS_FOLDER, DELETION_FILE = "explanations", "deletion.json"
LEARNING_CURVES_FILE = "learning_curves.json"
LABELS_FILE, LABELS_MANIFEST, LABELS_CHECK = "suspicious.parquet", "manifest.json", "check.json"
_PROBABILITY_COLUMNS = [f"p_{code}" for code in CODES]


class ModelAssets:
    """The folder of one trained model.

    It holds `manifest.json`, which the run wrote and nobody changes, the test probabilities and the
    model's own files, whose SHA-256 the manifest lists, and what is measured from them and can be
    measured again: `metrics.json` and `latency.json`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """How the model was made: data, split, rows, hyper-parameters, versions, files."""
        manifest = _mapping(self.folder / MANIFEST_FILE)
        if not isinstance(manifest.get("files"), dict) or "run" not in manifest:
            raise _damaged(self.folder / MANIFEST_FILE, _("it names no run or no files"))
        return manifest

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """The measures on the test split, by subset of products."""
        return _mapping(self.folder / METRICS_FILE)

    @property
    def latency(self) -> dict[str, Any] | None:
        """How long one product takes, as `evaluation.latency` measured it; None if it was not."""
        path = self.folder / LATENCY_FILE
        return _mapping(path) if path.is_file() else None

    @property
    def history(self) -> list[dict[str, float]]:
        """The measures of each epoch; empty for a model without epochs."""
        path = self.folder / HISTORY_FILE
        return read_json(path) if path.is_file() else []

    def test_probabilities(self) -> pd.DataFrame:
        """Return the test products that the model could answer.

        Returns:
            A table with `productid`, `prdtypecode` (the true code), `has_text`, `has_image` and
            one float column `p_<code>` per product type.

        Raises:
            AssetError: the file is missing or damaged.
        """
        return read_table(self.folder / PROBABILITIES_FILE)

    def validation_probabilities(self) -> pd.DataFrame | None:
        """Return the same of the validation products, by models that never saw them.

        None where the run did not keep them: only a model whose limits are chosen does.

        Raises:
            AssetError: the file is damaged.
        """
        path = self.folder / VALIDATION_FILE
        return read_table(path) if path.is_file() else None

    def check_types(self) -> None:
        """Check that the columns of the model's answers mean the types of the taxonomy.

        Raises:
            AssetError: it was made for other types, or in another order.
        """
        made_for = [int(code) for code in self.metrics.get("all", {}).get("by_type", {})]
        if set(made_for) == set(CODES) and made_for != list(CODES):
            raise AssetError(
                _(
                    "{name} was made for the taxonomy's product types in another order. Train it "
                    "again: python -m rakuten_core train --data DIR --models {name} --force"
                ).format(name=self.name)
            )
        if made_for != list(CODES):
            raise AssetError(
                _(
                    "{name} was made for other product types than the taxonomy's. Only the model "
                    "knows {model}; only the taxonomy knows {taxonomy}. Train it again: python -m "
                    "rakuten_core train --data DIR --models {name} --force"
                ).format(
                    name=self.name,
                    model=_codes_in_words(set(made_for) - set(CODES)),
                    taxonomy=_codes_in_words(set(CODES) - set(made_for)),
                )
            )

    def verify_files(self, weights: bool = True, results: bool = True) -> None:
        """Check every file against the manifest.

        Args:
            weights: also those that the model answers with, which ship for some models only.
            results: also those that say how well it answers, which no answer needs.

        Raises:
            AssetError: a file is missing or is not what the manifest says.
        """
        files = self.manifest["files"]
        if PROBABILITIES_FILE not in files:
            raise _damaged(
                self.folder / MANIFEST_FILE,
                _("it does not list {probabilities_file}").format(
                    probabilities_file=PROBABILITIES_FILE
                ),
            )
        for name, digest in files.items():
            path = self.folder / name
            if name in _DERIVED or not (results if name in _RESULTS else weights):
                continue
            if not path.is_file():
                raise _damaged(path, _("the file is missing"))
            if sha256_of(path) != digest:
                raise _damaged(path, _("its SHA-256 is not the manifest's"))


def _codes_in_words(codes: set[int]) -> str:
    return listing([str(code) for code in sorted(codes)]) or _("none")


def _mapping(path: Path) -> dict[str, Any]:
    content = read_json(path)
    if not isinstance(content, dict):
        raise _damaged(path, _("it holds no named values"))
    return content


def read_table(path: Path) -> pd.DataFrame:
    """Return a table in Parquet format.

    Raises:
        AssetError: the file is missing or damaged.
    """
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except Exception as error:
        # Arrow raises what it will on damaged files: OSError, ArrowInvalid, struct.error, ...
        raise _damaged(path, error) from error


@dataclass(frozen=True)
class Assets:
    """The assets folder; `root` is the project's own by default."""

    root: Path = DEFAULT_ROOT

    def __init__(self, root: Path | str | None = None) -> None:
        object.__setattr__(self, "root", Path(root) if root is not None else DEFAULT_ROOT)

    def model(self, name: str) -> ModelAssets:
        """Return the folder of a trained model.

        Raises:
            AssetError: the model has not been trained.
        """
        folder = self.root / "models" / name
        if not (folder / MANIFEST_FILE).is_file():
            raise AssetError(
                _(
                    "There is no trained model {name} in {root}. Train it: python -m rakuten_core "
                    "train --data DIR --models {name}"
                ).format(name=name, root=self.root)
            )
        return ModelAssets(folder)

    def models(self) -> list[ModelAssets]:
        """Return all trained models, by name."""
        manifests = sorted(self.root.glob("models/[!.]*/manifest.json"))
        return [ModelAssets(manifest.parent) for manifest in manifests]

    @contextmanager
    def writing_model(self, name: str) -> Iterator[Path]:
        """Yield an empty folder that becomes the model's when the block succeeds."""
        folder = self.root / "models" / name
        # A process that was killed between the two renames below left the model under this name.
        for left in folder.parent.glob(f".{name}.*.old"):
            if folder.exists():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.rename(folder)
        temporary = folder.with_name(f".{name}.{os.getpid()}.tmp")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        try:
            yield temporary
            replaced = folder.with_name(f".{name}.{os.getpid()}.old")
            if folder.exists():
                folder.rename(replaced)
            temporary.rename(folder)
            shutil.rmtree(replaced, ignore_errors=True)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def write_probabilities(
    path: Path, products: pd.DataFrame, has_image: np.ndarray, probabilities: np.ndarray
) -> None:
    """Write what a model answers to products; probabilities keep 11 significant bits (float16)."""
    import pandas as pd

    table = pd.DataFrame(
        probabilities.astype(np.float16), columns=_PROBABILITY_COLUMNS, index=products.index
    )
    table.insert(0, "productid", products["productid"])
    table.insert(1, "prdtypecode", products["prdtypecode"].astype("int16"))
    table.insert(2, "has_text", products["has_text"].astype(bool))
    table.insert(3, "has_image", has_image)
    with replacing(path) as temporary:
        table.to_parquet(temporary, index=False, compression="zstd")


def probability_matrix(table: pd.DataFrame) -> np.ndarray:
    """Return the probabilities of a test table, float64 (products, 27)."""
    return table[_PROBABILITY_COLUMNS].to_numpy(np.float64)


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Write `manifest.json`: the given facts, library versions and the SHA-256 of each file.

    `model_bytes` is the size of what is needed to answer. `digest` stands for all the rest: a
    manifest that was edited later does not fit it.
    """
    files = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _DERIVED
    }
    answering = [path for name, path in files.items() if name not in _RESULTS]
    manifest = facts | {
        "libraries": library_versions(),
        "files": {name: sha256_of(path) for name, path in files.items()},
        "model_bytes": sum(path.stat().st_size for path in answering),
    }
    write_json(folder / MANIFEST_FILE, manifest | {"digest": key_of(manifest)})


def is_untouched(manifest: dict[str, Any]) -> bool:
    """Return whether a manifest is as `write_manifest` wrote it."""
    return manifest.get("digest") == key_of({k: v for k, v in manifest.items() if k != "digest"})


def _damaged(path: Path, problem: object) -> AssetError:
    return AssetError(
        _(
            "{path} cannot be used: {problem}. Restore it from the repository, or train the "
            "model again: python -m rakuten_core train --data DIR --force"
        ).format(path=path, problem=problem)
    )


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that results depend on, of those installed."""
    versions = {}
    for library in _RECORDED_LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return versions
