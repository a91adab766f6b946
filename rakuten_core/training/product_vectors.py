"""Vectors of all products: who is like whom, what is like nothing, and a map of all.

The map is t-SNE (van der Maaten and Hinton 2008), by openTSNE (Policar et al. 2024).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core.assets import (
    MAP_FILE,
    PHOTO_INDEX,
    TEXT_INDEX,
    VECTORS_FOLDER,
    VECTORS_MANIFEST,
    library_versions,
)
from rakuten_core.data.outsiders import outsiders
from rakuten_core.data.products import Products
from rakuten_core.errors import ModelError
from rakuten_core.files import replacing, write_json
from rakuten_core.inference.classifier import Classifier
from rakuten_core.inference.models.transformer import TextTransformer
from rakuten_core.inference.similar import raw_photo_vectors, raw_text_vectors
from rakuten_core.inference.vector_index import VectorIndex
from rakuten_core.language import _
from rakuten_core.training.context import Context
from rakuten_core.training.feature_cache import photo_features

COMPONENTS = 128
_CHUNK = 1024
# A product is called unlike all others where so few held-out products are as far away.
_FAR_SHARE = 0.1
_PERPLEXITY = 30


def compute_vectors(context: Context, perplexity: float = _PERPLEXITY) -> dict[str, Any]:
    """Compute vectors and map with the models that answer, and write `assets/vectors/`.

    Only products of train and validation are searched; the map shows all.

    Args:
        context: data, assets and a work folder, where an interrupted run goes on.
        perplexity: of the map: about how many neighbours each point minds.

    Returns:
        What was measured: of `outsiders` and of `texts` and `photos`.

    Raises:
        ModelError: no language model is among those that answer.
    """
    classifier = Classifier.load(context.assets.root)
    if classifier.encoder is None:
        raise ModelError(_("No language model is among those that answer."))
    folder = context.assets.root / VECTORS_FOLDER
    table = context.readable("text")
    raw = _text_vectors(context, classifier, table)
    index, facts = _index(table, raw, parts=2)
    index.save(folder / TEXT_INDEX)
    found: dict[str, Any] = {
        "texts": facts,
        "outsiders": _noticed(index, classifier.encoder, table, raw),
    }
    places = {"text": pd.DataFrame(index.project(raw), index=table.index)}
    if classifier.tower is not None and len(context.products_with_photo):
        with_photo = context.readable("image")
        raw = raw_photo_vectors(
            classifier.tower, photo_features(context, classifier.tower, with_photo)
        )
        index, found["photos"] = _index(with_photo, raw, parts=1)
        index.save(folder / PHOTO_INDEX)
        places["photo"] = pd.DataFrame(index.project(raw), index=with_photo.index)
        both = table.index.intersection(with_photo.index)
        places["both"] = pd.concat([each.loc[both] for each in places.values()], axis=1)
    _write_map(context, places, perplexity)
    write_json(
        folder / VECTORS_MANIFEST,
        found
        | {
            "models": classifier.fingerprint,
            "data": context.catalog.fingerprint,
            "date": datetime.now(UTC).date().isoformat(),
            "libraries": library_versions(),
        },
    )
    return found


def _text_vectors(context: Context, classifier: Classifier, table: pd.DataFrame) -> np.ndarray:
    encoder = classifier.encoder
    assert encoder is not None
    checkpoints = context.checkpoints("vectors", classifier.fingerprint, len(table))
    parts = []
    bar = tqdm(total=len(table), desc=_("Texts"), unit="product", mininterval=1)
    with bar:
        for start in range(0, len(table), _CHUNK):
            chunk = context.answerable(table.iloc[start : start + _CHUNK])

            def read(chunk: Products = chunk) -> dict[str, np.ndarray]:
                return {"vectors": raw_text_vectors(encoder, chunk)}

            parts.append(checkpoints.arrays(f"texts{start}", read)["vectors"])
            bar.update(len(chunk))
    return np.concatenate(parts)


def _index(
    table: pd.DataFrame, raw: np.ndarray, parts: int
) -> tuple[VectorIndex, dict[str, float]]:
    """Return an index of the products to learn from, and how well it finds those of test."""
    split = table["split"].to_numpy()
    ids, codes = table["productid"].to_numpy(), table["prdtypecode"].to_numpy()

    def fitted(rows: np.ndarray) -> VectorIndex:
        return VectorIndex(parts, COMPONENTS).fit(raw[rows], ids[rows], codes[rows])

    train, validation, test = (split == each for each in ("train", "validation", "test"))
    index = fitted(~test)
    facts: dict[str, Any] = {"products": len(index), "components": index.axes_.shape[1]}
    if validation.any() and train.any():
        # Held out from the index, not from the models: they have learnt from validation too.
        index.limit = float(np.quantile(_nearest(fitted(train), raw[validation])[0], _FAR_SHARE))
        facts["limit"] = index.limit
    if test.any():
        similarity, kind = _nearest(index, raw[test])
        facts |= {
            "test": int(test.sum()),
            "same_type": float((kind == codes[test]).mean()),
            "called_far": float((similarity < index.limit).mean()),
        }
    return index, facts


def _nearest(index: VectorIndex, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return similarity and type of the nearest product, each (rows,)."""
    similarity, codes = [], []
    for start in range(0, len(raw), _CHUNK):
        likeness = index.similarities(index.project(raw[start : start + _CHUNK]))
        similarity.append(likeness.max(axis=1))
        codes.append(index.codes[likeness.argmax(axis=1)])
    return np.concatenate(similarity), np.concatenate(codes)


def _noticed(
    index: VectorIndex, encoder: TextTransformer, table: pd.DataFrame, raw: np.ndarray
) -> dict[str, Any]:
    """Return how well made-up products of other types are told from test products."""
    from sklearn.metrics import roc_auc_score

    test = (table["split"] == "test").to_numpy()
    made_up = outsiders()
    strange = Products.of_texts([title for _kind, title in made_up])
    theirs = _nearest(index, raw_text_vectors(encoder, strange))[0]
    own = _nearest(index, raw[test])[0] if test.any() else np.empty(0)
    far = pd.Series(theirs < index.limit).groupby([kind for kind, _title in made_up]).mean()
    auroc = None
    if len(own):
        outside = np.repeat([0, 1], [len(own), len(theirs)])
        auroc = float(roc_auc_score(outside, -np.concatenate([own, theirs])))
    return {
        "products": len(made_up),
        "test": len(own),
        # From 0.5, chance, to 1.
        "auroc": auroc,
        "called_far": float((theirs < index.limit).mean()),
        "called_far_of_kind": {str(kind): float(share) for kind, share in far.items()},
    }


def _write_map(context: Context, places: dict[str, pd.DataFrame], perplexity: float) -> None:
    """Write where each product is on each of the maps; NaN where it lacks text or photo."""
    columns = context.products[["productid", "prdtypecode", "split"]]
    table = columns.astype({"prdtypecode": "int16", "split": "category"})
    for name, vectors in places.items():
        values = np.ascontiguousarray(vectors.to_numpy(np.float32))
        content = hashlib.sha256(values.tobytes()).hexdigest()
        checkpoints = context.checkpoints("map", name, perplexity, content)
        at = checkpoints.arrays(name, partial(_laid_out, name, values, perplexity, context.seed))
        for axis, column in enumerate(("x", "y")):
            table[f"{name}_{column}"] = pd.Series(
                at["at"][:, axis].astype(np.float16), vectors.index
            )
    table = table[table[[f"{name}_x" for name in places]].notna().any(axis=1)]
    with replacing(context.assets.root / VECTORS_FOLDER / MAP_FILE) as temporary:
        table.to_parquet(temporary, index=False, compression="zstd")


def _laid_out(
    name: str, vectors: np.ndarray, perplexity: float, seed: int
) -> dict[str, np.ndarray]:
    """Return points in two dimensions, (products, 2), where alike products are close."""
    from openTSNE import TSNE

    # It has no bar of its own; its steps are of two phases.
    with tqdm(total=750, desc=_("Map of {name}").format(name=name), unit="step") as bar:

        def step(iteration: int, *_progress: Any) -> bool:
            bar.update(50)
            return False

        layout = TSNE(
            perplexity=min(perplexity, (len(vectors) - 1) / 3),
            metric="cosine",
            initialization="pca",
            random_state=seed,
            n_jobs=-1,
            callbacks=step,
            callbacks_every_iters=50,
        ).fit(vectors)
    return {"at": np.asarray(layout)}
