"""Learning curves: what models make of a part of the products, and what more should give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core import registry
from rakuten_core.assets import LEARNING_CURVES_FILE, STATISTICS_FOLDER, library_versions
from rakuten_core.data.catalog import CHALLENGE_PRODUCTS
from rakuten_core.evaluation.metrics import class_indices, weighted_f1_of
from rakuten_core.evaluation.power_law import fit_power_law
from rakuten_core.files import write_json
from rakuten_core.inference.models.kernel import KernelHead, KernelNetwork
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.inference.models.model import load_model
from rakuten_core.language import N_
from rakuten_core.training.context import Context
from rakuten_core.training.feature_cache import photo_features
from rakuten_core.training.folds import learning_products, test_products
from rakuten_core.training.runner import make_trainer

SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
"""Of the products to learn from: how many each point of the curve learns from."""
Answering = Callable[[pd.DataFrame, pd.DataFrame], np.ndarray]
"""From products to learn from and products of test to the class indices answered, (products,)."""
_LEARNT = 0.85
_DRAWS, _RESAMPLES = 3, 200
SETTINGS = {
    "text_linear": N_("the linear model of words, one of the three of the text stack"),
    "image_kernel_clip": N_("the kernel machine on CLIP's frozen features"),
}
"""What runs in place of the flagship of each modality, which would take hours for each point."""


def learning_curves(
    context: Context, shares: Sequence[float] = SHARES, complete: int = CHALLENGE_PRODUCTS
) -> dict[str, Any]:
    """Train on parts of the products, measure on test, and write the curves with a fitted law.

    Each part is drawn three times, the whole once; smaller draws lie within larger ones. Done runs
    are kept in the work folder.

    Args:
        context: data, assets with `image_kernel_clip`, and a work folder.
        shares: of the products of train and validation.
        complete: products of a larger catalogue, of which 85 % would be learnt from.

    Returns:
        For each model its `runs`, the fitted `law`, and for `complete` products the `expected`
        weighted F1 with a 95 % `interval` (test products drawn again with replacement, and draws).
    """
    curves: dict[str, Any] = {}
    for name, prepare in (("text_linear", _text_run), ("image_kernel_clip", _photo_run)):
        modality = name.split("_")[0]
        table = context.readable(modality)
        learning, test = learning_products(table, modality), test_products(table)
        truth = class_indices(test["prdtypecode"].to_numpy())
        runs, predicted = _runs(context, name, prepare(context, table), learning, test, shares)
        for run, answers in zip(runs, predicted, strict=True):
            run["weighted_f1"] = float(weighted_f1_of(truth, answers))
        facts = {"settings": SETTINGS[name], "test": len(test), "runs": runs}
        curves[name] = facts | _extrapolated(runs, truth, predicted, complete, context.seed)
    found = {
        "curves": curves,
        "complete": complete,
        "learnt_share": _LEARNT,
        "data": context.catalog.fingerprint,
        "seed": context.seed,
        "date": datetime.now(UTC).date().isoformat(),
        "libraries": library_versions(),
    }
    write_json(context.assets.root / STATISTICS_FOLDER / LEARNING_CURVES_FILE, found)
    return found


def _runs(
    context: Context,
    name: str,
    answer: Answering,
    learning: pd.DataFrame,
    test: pd.DataFrame,
    shares: Sequence[float],
) -> tuple[list[dict[str, Any]], list[np.ndarray]]:
    """Return of each run its share, draw and products, and its answers to the test products."""
    runs, predicted = [], []
    trainer = make_trainer(registry.entry(name), {})
    described = trainer.method_version, trainer.parameters()
    steps = [
        (share, draw) for share in sorted(shares) for draw in range(1 if share == 1 else _DRAWS)
    ]
    for share, draw in tqdm(steps, desc=name, unit="run"):
        order = np.random.default_rng([context.seed, draw]).permutation(len(learning))
        chosen = learning.iloc[np.sort(order[: round(share * len(learning))])]
        checkpoints = context.checkpoints("learning_curve", name, *described, share, draw)

        def answered(chosen: pd.DataFrame = chosen) -> dict[str, np.ndarray]:
            return {"predicted": answer(chosen, test).astype(np.int8)}

        predicted.append(checkpoints.arrays("test", answered)["predicted"])
        runs.append({"share": share, "draw": draw, "products": len(chosen)})
    return runs, predicted


def _text_run(context: Context, table: pd.DataFrame) -> Answering:
    def answer(chosen: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
        model = TextLinear(seed=context.seed)
        model.fit(context.answerable(chosen), chosen["prdtypecode"].to_numpy())
        return model.scores(context.answerable(test)).argmax(axis=1)

    return answer


def _photo_run(context: Context, table: pd.DataFrame) -> Answering:
    tower = load_model(context.assets, "image_kernel_clip")
    assert isinstance(tower, KernelNetwork)
    features = pd.DataFrame(photo_features(context, tower, table), index=table.index)

    def answer(chosen: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
        head = KernelHead(seed=context.seed).fit(
            features.loc[chosen.index].to_numpy(), chosen["prdtypecode"].to_numpy()
        )
        return head.scores(features.loc[test.index].to_numpy()).argmax(axis=1)

    return answer


def _extrapolated(
    runs: list[dict[str, Any]],
    truth: np.ndarray,
    predicted: list[np.ndarray],
    complete: int,
    seed: int,
) -> dict[str, Any]:
    """Return the law, and what it expects of `complete` products."""
    sizes = np.array([run["products"] for run in runs])
    wanted = complete * _LEARNT
    law = fit_power_law(sizes, 1 - np.array([run["weighted_f1"] for run in runs]))
    generator = np.random.default_rng(seed)
    expected = []
    for _resample in range(_RESAMPLES):
        rows = generator.integers(len(truth), size=len(truth))
        picked = generator.integers(len(runs), size=len(runs))
        if len(np.unique(sizes[picked])) < 3:
            continue
        errors = [1 - float(weighted_f1_of(truth[rows], predicted[run][rows])) for run in picked]
        expected.append(1 - float(fit_power_law(sizes[picked], np.array(errors)).error(wanted)))
    low, high = np.quantile(expected, [0.025, 0.975])
    return {
        "law": {"floor": law.floor, "scale": law.scale, "exponent": law.exponent},
        "expected": 1 - float(law.error(wanted)),
        "interval": [float(low), float(high)],
    }
