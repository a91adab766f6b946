"""Which given categories are probably wrong: products ranked by held-out probabilities.

Confident learning (Northcutt, Jiang and Chuang 2021) with the `cleanlab` package: no model is asked
about a product that it learnt from. Products to learn from get out-of-fold probabilities, test
products those of the final model.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from rakuten_core import registry
from rakuten_core.assets import library_versions, probability_matrix
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.metrics import label_positions
from rakuten_core.files import key_of, replacing, write_json
from rakuten_core.inference.models.calibration import fit_temperature, to_probabilities
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.reports.suspicious_labels import CHECK_FILE, FOLDER, LABELS_FILE, MANIFEST_FILE
from rakuten_core.taxonomy import CODES
from rakuten_core.training.folds import learning_products, out_of_fold_scores
from rakuten_core.training.runner import Context, make_trainer
from rakuten_core.training.trainers.text_linear import TextLinearTrainer

KEPT = 2000
"""The most suspicious products are kept, this many."""
_RANKS = (0.25, 0.5, 1.0, 1.5, 2.0)


def rank_labels(codes: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """Return how credible each given label is, in the order of the input.

    Args:
        codes: (products,) given product type codes.
        probabilities: (products, 27) from models that did not learn from the product.

    Returns:
        A table with `quality` (0 to 1, low is suspicious: cleanlab's normalized margin),
        `issue` (whether confident learning calls it wrong), `suggested` (code),
        `suggested_probability` and `given_probability`.
    """
    # Takes a second to import, and nothing else needs it.
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    labels = label_positions(codes)
    # cleanlab wants the classes that occur, numbered without gaps.
    known = np.unique(labels)
    columns = probabilities[:, known] + 1e-9
    columns = columns / columns.sum(axis=1, keepdims=True)
    numbered = np.searchsorted(known, labels)
    best = probabilities.argmax(axis=1)
    rows = np.arange(len(labels))
    return pd.DataFrame(
        {
            "quality": get_label_quality_scores(numbered, columns, method="normalized_margin"),
            "issue": find_label_issues(numbered, columns, n_jobs=1),
            "suggested": np.asarray(CODES)[best],
            "suggested_probability": probabilities[rows, best],
            "given_probability": probabilities[rows, labels],
        }
    )


def find_suspicious_labels(context: Context) -> int:
    """Rank all products, write the most suspicious ones to `assets/labels/` and return how many.

    Raises:
        AssetError: the model that judges labels has not been trained.
        ModelError: it was trained on other data, or with other options.
    """
    name = registry.LABEL_MODEL
    trained = context.trained(name)
    trainer = make_trainer(registry.entry(name), context.options)
    if key_of(trainer.parameters()) != key_of(trained.manifest["parameters"]):
        raise ModelError(
            f"{name} was trained with other options than the default. Train it with the default "
            f"ones: python -m rakuten_core train --data {context.catalog.directory} --models {name}"
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
    folder = context.assets.root / FOLDER
    with replacing(folder / LABELS_FILE) as temporary:
        kept.to_parquet(temporary, index=False, compression="zstd")
    write_json(
        folder / MANIFEST_FILE,
        {
            "model": name,
            "fingerprint": context.catalog.fingerprint,
            "rows": len(ranked),
            "issues": len(suspicious),
            "kept": len(kept),
            "date": datetime.now(UTC).date().isoformat(),
            "libraries": library_versions(),
        },
    )
    return len(kept)


def check_on_corrupted_labels(context: Context, share: float = 0.05, folds: int = 5) -> list[dict]:
    """Give some products a wrong type on purpose and record how well the ranking finds them.

    The text model learns from the corrupted labels, out of fold, as it would in earnest.

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
    labels = label_positions(products["prdtypecode"])
    wrong = np.zeros(len(labels), bool)
    wrong[generator.choice(len(labels), max(1, round(share * len(labels))), replace=False)] = True
    corrupted = labels.copy()
    shift = generator.integers(1, len(CODES), int(wrong.sum()))
    corrupted[wrong] = (labels[wrong] + shift) % len(CODES)
    codes = np.asarray(CODES)[corrupted]
    titles, descriptions = (
        products[column].to_numpy(object) for column in ("designation", "description")
    )

    def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
        model = TextLinear(seed=context.seed)
        model.fit(titles[learn].tolist(), descriptions[learn].tolist(), codes[learn])
        return model.scores(titles[hold].tolist(), descriptions[hold].tolist())

    checkpoints = context.checkpoints("label_check", share, folds, TextLinearTrainer().parameters())
    found = out_of_fold_scores(products, scores, checkpoints, "label check", folds)
    temperature = fit_temperature(found, corrupted)
    quality = rank_labels(codes, to_probabilities(found, temperature))["quality"]
    result = precision_and_recall(wrong, quality.to_numpy(), _RANKS)
    write_json(
        context.assets.root / FOLDER / CHECK_FILE,
        {
            "fingerprint": context.catalog.fingerprint,
            "rows": len(products),
            "corrupted": int(wrong.sum()),
            "model": "text_linear",
            "ranks": result,
        },
    )
    return result


def precision_and_recall(
    wrong: np.ndarray, quality: np.ndarray, ranks: Sequence[float]
) -> list[dict[str, float]]:
    """Return precision and recall of the least credible labels.

    Args:
        wrong: (products,) whether the label is wrong.
        quality: (products,) low is suspicious.
        ranks: how many products to look at, as multiples of the number of wrong labels.
    """
    ordered = wrong[np.argsort(quality, kind="stable")]
    total = int(wrong.sum())
    rows = []
    for rank in ranks:
        looked_at = min(len(ordered), max(1, round(rank * total)))
        hits = int(ordered[:looked_at].sum())
        rows.append({"looked_at": looked_at, "precision": hits / looked_at, "recall": hits / total})
    return rows
