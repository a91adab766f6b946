"""What more products to learn from should give, read from `assets/statistics/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.assets import LEARNING_CURVES_FILE, STATISTICS_FOLDER, Assets
from rakuten_core.evaluation.power_law import PowerLaw
from rakuten_core.files import read_json

_POINTS = 60


@dataclass(frozen=True)
class LearningCurve:
    """One model's runs on parts of the products, and the law that was fitted to them.

    Attributes:
        model: name of the model.
        settings: what ran, in English.
        test: products that all runs were measured on.
        runs: a table with `products` and `weighted_f1`, a row for each run.
        fitted: the same along the law, from the smallest run to the complete data.
        complete: products to learn from in the complete data.
        expected: weighted F1 that they should give.
        interval: of that, 95 %.
    """

    model: str
    settings: str
    test: int
    runs: pd.DataFrame
    fitted: pd.DataFrame
    complete: int
    expected: float
    interval: tuple[float, float]

    @property
    def largest(self) -> pd.Series:
        """The run on all products."""
        return self.runs.loc[self.runs["products"].idxmax()]

    @property
    def doubling(self) -> float:
        """What twice the products of the largest run should add to weighted F1."""
        products = float(self.largest["products"])
        here, twice = np.interp(
            np.log([products, 2 * products]),
            np.log(self.fitted["products"]),
            self.fitted["weighted_f1"],
        )
        return float(twice - here)


def learning_curves(assets: Assets) -> list[LearningCurve]:
    """Return the learning curves; none where they have not been computed."""
    path = assets.root / STATISTICS_FOLDER / LEARNING_CURVES_FILE
    if not path.is_file():
        return []
    found = read_json(path)
    complete = round(found["complete"] * found["learnt_share"])
    return [_curve(name, curve, complete) for name, curve in found["curves"].items()]


def _curve(name: str, curve: dict[str, Any], complete: int) -> LearningCurve:
    runs = pd.DataFrame(curve["runs"])
    law = PowerLaw(**curve["law"])
    products = np.geomspace(runs["products"].min(), complete, _POINTS)
    return LearningCurve(
        model=name,
        settings=curve["settings"],
        test=curve["test"],
        runs=runs,
        fitted=pd.DataFrame({"products": products, "weighted_f1": 1 - law.error(products)}),
        complete=complete,
        expected=curve["expected"],
        interval=tuple(curve["interval"]),
    )
