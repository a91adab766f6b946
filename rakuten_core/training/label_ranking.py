"""Which given categories are probably wrong: products ranked by held-out probabilities.

Confident learning (Northcutt, Jiang and Chuang 2021) with the `cleanlab` package: no model is asked
about a product that it learnt from. Products to learn from get out-of-fold probabilities, test
products those of the final model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core import registry
from rakuten_core.assets import (
    LABELS_CHECK,
    LABELS_FILE,
    LABELS_FOLDER,
    LABELS_MANIFEST,
    ModelAssets,
    library_versions,
    probability_matrix,
)
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.label_quality import precision_and_recall, rank_labels
from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.files import key_of, replacing, write_json
from rakuten_core.inference.models.calibration import fit_temperature, to_probabilities
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES
from rakuten_core.training.context import Context
from rakuten_core.training.folds import learning_products, out_of_fold_scores
from rakuten_core.training.provenance import method_key
from rakuten_core.training.runner import make_trainer
from rakuten_core.training.trainers.text_linear import TextLinearTrainer

KEPT = 2000
"""The most suspicious products are kept, this many."""
_RANKS = (0.25, 0.5, 1.0, 1.5, 2.0)


def find_suspicious_labels(context: Context) -> int:
    """Rank all products, write the most suspicious ones to `assets/labels/` and return how many.

    Raises:
        AssetError: the model that judges labels has not been trained.
        ModelError: it was trained on other data, or with other options.
    """
    name = registry.LABEL_MODEL
    trained = context.trained(name)
    context = _with_options_of(context, trained)
    trainer: Any = make_trainer(registry.entry(name), context.options)
    if key_of(trainer.parameters()) != key_of(trained.manifest["parameters"]):
        raise ModelError(
            _(
                "{name} is not what training would make today: {differences}. Train it again: "
                "python -m rakuten_core train --data {directory} --models {name}"
            ).format(
                name=name,
                differences=_differences(trained.manifest["parameters"], trainer.parameters()),
                directory=context.catalog.directory,
            )
        )
    learning, scores = trainer.held_out(context)
    probabilities = to_probabilities(scores)
    table = trained.test_probabilities().set_index("productid")
    test = context.products[context.products["productid"].isin(table.index)]
    products = pd.concat([learning, test])
    probabilities = np.concatenate(
        [probabilities, probability_matrix(table.loc[test["productid"]])]
    )
    codes = products["prdtypecode"].to_numpy()
    ranked = rank_labels(codes, probabilities).assign(
        productid=products["productid"].to_numpy(),
        given=codes,
        split=products["split"].astype(str).to_numpy(),
        has_text=products["has_text"].to_numpy(bool),
        has_image=products["photo"].notna().to_numpy(bool),
    )
    suspicious = ranked[ranked["issue"] & (ranked["given"] != ranked["suggested"])]
    kept = suspicious.sort_values("quality", kind="stable").head(KEPT).drop(columns="issue")
    folder = context.assets.root / LABELS_FOLDER
    with replacing(folder / LABELS_FILE) as temporary:
        kept.to_parquet(temporary, index=False, compression="zstd")
    write_json(
        folder / LABELS_MANIFEST,
        {
            "model": name,
            "run": trained.manifest["run"],
            "fingerprint": context.catalog.fingerprint,
            "rows": len(ranked),
            "issues": len(suspicious),
            "kept": len(kept),
            "date": datetime.now(UTC).date().isoformat(),
            "libraries": library_versions(),
        },
    )
    return len(kept)


def _with_options_of(context: Context, trained: ModelAssets) -> Context:
    """Return the context with the options that a model was trained with, `--quick` for example.

    Raises:
        ModelError: it was trained with other extra texts than those given now.
    """
    options = dict(trained.manifest["options"])
    then = options.pop("teaching", None)
    teaching = context.options.get("teaching")
    now = teaching.fingerprint if teaching else None
    if then != now:
        if then is None:
            advice = _("was trained without --unlabelled: leave it out")
        elif now is None:
            advice = _("was trained with --unlabelled: give the same texts")
        else:
            advice = _("was trained with other texts: give --unlabelled as then")
        raise ModelError(f"{trained.name} {advice}.")
    given = {"teaching": teaching} if teaching else {}
    return replace(context, options=options | given)


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return in words which parameters differ."""
    names = sorted(key for key in {*then, *now} if key_of(then.get(key)) != key_of(now.get(key)))
    return ", ".join(f"{name} = {then.get(name)!r}, now {now.get(name)!r}" for name in names)


def check_on_corrupted_labels(context: Context, share: float = 0.05, folds: int = 5) -> list[dict]:
    """Give some products a wrong type on purpose and record how well the ranking finds them.

    The linear text model learns from the corrupted labels, out of fold. In earnest the labels are
    ranked by `registry.LABEL_MODEL`, which takes hours.

    Args:
        context: data, folders and seed.
        share: of the products that get another type, drawn evenly from the others.
        folds: for the out-of-fold probabilities.

    Returns:
        Per rank the `looked_at` products, `precision` (share of them that were corrupted) and
        `recall` (share of the corrupted that are among them).
    """
    products = learning_products(context.readable("text"), "text")
    generator = np.random.default_rng(context.seed)
    labels = class_indices(products["prdtypecode"])
    wrong = np.zeros(len(labels), bool)
    wrong[generator.choice(len(labels), max(1, round(share * len(labels))), replace=False)] = True
    corrupted = labels.copy()
    shift = generator.integers(1, len(CODES), int(wrong.sum()))
    corrupted[wrong] = (labels[wrong] + shift) % len(CODES)
    codes = np.asarray(CODES)[corrupted]

    def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
        model = TextLinear(seed=context.seed)
        model.fit(context.answerable(products[learn]), codes[learn])
        return model.scores(context.answerable(products[hold]))

    trainer = TextLinearTrainer()
    checkpoints = context.checkpoints(
        "label_check", share, folds, trainer.method_version, trainer.parameters()
    )
    found = out_of_fold_scores(products, scores, checkpoints, _("label check"), folds)
    temperature = fit_temperature(found, corrupted)
    quality = rank_labels(codes, to_probabilities(found, temperature))["quality"]
    result = precision_and_recall(wrong, quality.to_numpy(), _RANKS)
    write_json(
        context.assets.root / LABELS_FOLDER / LABELS_CHECK,
        {
            "fingerprint": context.catalog.fingerprint,
            "rows": len(products),
            "corrupted": int(wrong.sum()),
            "model": "text_linear",
            "method": method_key(trainer),
            "ranks": result,
        },
    )
    return result
