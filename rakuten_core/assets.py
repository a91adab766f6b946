"""What is in `assets/`: trained models with their manifests, measures and test probabilities."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rakuten_core.errors import AssetError
from rakuten_core.files import read_json, replacing, sha256_of, write_json
from rakuten_core.taxonomy import CODES

if TYPE_CHECKING:
    # Importing pandas takes longer than loading the models; only the tables need it.
    import pandas as pd

DEFAULT_ROOT = Path(__file__).resolve().parent.parent / "assets"
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
WEIGHTS_FOLDER = "weights"
_RESULT_FILES = ("metrics.json", "test_probabilities.parquet", "history.json", "manifest.json")
_PROBABILITY_COLUMNS = [f"p_{code}" for code in CODES]


class ModelAssets:
    """The folder of one trained model.

    It holds `manifest.json`, `metrics.json`, `test_probabilities.parquet` and the model's own
    files, whose SHA-256 the manifest lists.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """How the model was made: data, split, rows, hyper-parameters, versions, files."""
        return read_json(self.folder / "manifest.json")

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """The measures on the test split, by subset of products."""
        return read_json(self.folder / "metrics.json")

    @property
    def history(self) -> list[dict[str, float]]:
        """The measures of each epoch; empty for a model without epochs."""
        path = self.folder / "history.json"
        return read_json(path) if path.is_file() else []

    def test_probabilities(self) -> pd.DataFrame:
        """Return the test products that the model could answer.

        Returns:
            A table with `productid`, `prdtypecode` (the true code), `has_text`, `has_image` and
            one float column `p_<code>` per product type.
        """
        import pandas as pd

        path = self.folder / "test_probabilities.parquet"
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise _damaged(path, error) from error

    def verify(self, weights: bool = False) -> None:
        """Check every file against the manifest.

        Args:
            weights: check the weights that do not ship, too.

        Raises:
            AssetError: a file is missing or is not what the manifest says.
        """
        files = self.manifest["files"] | (self.manifest["weights"] if weights else {})
        for name, digest in files.items():
            path = self.folder / name
            if not path.is_file():
                raise _damaged(path, "the file is missing")
            if sha256_of(path) != digest:
                raise _damaged(path, "its SHA-256 is not the manifest's")


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
        if not (folder / "manifest.json").is_file():
            raise AssetError(
                f"There is no trained model {name} in {self.root}. "
                f"Train it: python -m rakuten_core train --data DIR --models {name}"
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


def write_test_probabilities(
    folder: Path, products: pd.DataFrame, has_image: np.ndarray, probabilities: np.ndarray
) -> None:
    """Write `test_probabilities.parquet`; probabilities keep 11 significant bits (float16)."""
    import pandas as pd

    table = pd.DataFrame(
        probabilities.astype(np.float16), columns=_PROBABILITY_COLUMNS, index=products.index
    )
    table.insert(0, "productid", products["productid"])
    table.insert(1, "prdtypecode", products["prdtypecode"].astype("int16"))
    table.insert(2, "has_text", products["has_text"].astype(bool))
    table.insert(3, "has_image", has_image)
    with replacing(folder / "test_probabilities.parquet") as temporary:
        table.to_parquet(temporary, index=False, compression="zstd")


def probability_matrix(table: pd.DataFrame) -> np.ndarray:
    """Return the probabilities of a test table, float64 (products, 27)."""
    return table[_PROBABILITY_COLUMNS].to_numpy(np.float64)


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Write `manifest.json`: the given facts, versions, commit and the SHA-256 of each file.

    `files` are those that ship; `weights` are those of models that the app does not use, which stay
    where they were trained. `model_bytes` is the size of what is needed to answer.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    weights = sorted(path for path in (folder / WEIGHTS_FOLDER).rglob("*") if path.is_file())
    answering = weights or [path for path in files if path.name not in _RESULT_FILES]
    write_json(
        folder / "manifest.json",
        facts
        | {
            "libraries": library_versions(),
            "git_commit": _git_commit(),
            "files": {path.name: sha256_of(path) for path in files},
            "weights": {path.relative_to(folder).as_posix(): sha256_of(path) for path in weights},
            "model_bytes": sum(path.stat().st_size for path in answering),
        },
    )


def _damaged(path: Path, problem: object) -> AssetError:
    return AssetError(
        f"{path} cannot be used: {problem}. Restore it from the repository, or train the model "
        "again: python -m rakuten_core train --data DIR --force"
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


def _git_commit() -> str | None:
    command = ["git", "rev-parse", "HEAD"]
    try:
        finished = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return finished.stdout.strip()
