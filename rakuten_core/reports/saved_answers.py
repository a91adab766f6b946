"""What each trained model answered to the test products, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.registry import REGISTRY
from rakuten_core.taxonomy import CODES


def trained_models(assets: Assets) -> list[str]:
    """Return the names of the trained models in the registry's order."""
    trained = {model.name for model in assets.models()}
    return [entry.name for entry in REGISTRY if entry.name in trained]


@dataclass(frozen=True)
class Answers:
    """What one model answered on its test products.

    Attributes:
        table: the saved test table.
        codes: (products,) true codes.
    """

    table: pd.DataFrame
    codes: np.ndarray

    @property
    def probabilities(self) -> np.ndarray:
        """What was answered, float64 (products, 27); kept for all models it would fill memory."""
        return probability_matrix(self.table)

    @property
    def predicted(self) -> np.ndarray:
        """The codes answered, (products,)."""
        return np.asarray(CODES)[self.probabilities.argmax(axis=1)]


def answers(assets: Assets, name: str) -> Answers:
    """Return what a model answered.

    Raises:
        AssetError: the model has not been trained.
    """
    manifest = assets.model(name).folder / "manifest.json"
    return _read_answers(assets, name, manifest.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read_answers(assets: Assets, name: str, modified: int) -> Answers:
    table = assets.model(name).test_probabilities()
    return Answers(table, table["prdtypecode"].to_numpy())


def model_facts(assets: Assets, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manifest and the measures of a trained model.

    Raises:
        AssetError: it has not been trained.
    """
    model = assets.model(name)
    return model.manifest, model.metrics
