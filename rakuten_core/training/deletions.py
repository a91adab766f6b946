"""Whether the reasons matter: what they name is taken away, and the answer has to suffer.

DeYoung et al., ERASER: A Benchmark to Evaluate Rationalized NLP Models (2020), call it
comprehensiveness; Samek et al., Evaluating the Visualization of What a Deep Neural Network Has
Learned (2017), do the same to photos.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core.assets import DELETION_FILE, EXPLANATIONS_FOLDER, Assets
from rakuten_core.data.catalog import Catalog
from rakuten_core.errors import ImageError, ModelError
from rakuten_core.files import write_json
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.inference.classifier import Classifier
from rakuten_core.inference.explanations import activation_map
from rakuten_core.inference.influence import log_odds
from rakuten_core.inference.models.image_network import LinearHead
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES

PRODUCTS = 300
_WORDS = 3
_AREA = 0.2
_GREY = 127


@dataclass(frozen=True)
class Deletion:
    """What taking away the strongest parts did, beside parts drawn at random.

    Attributes:
        products: test products that were asked about.
        strongest: mean fall of the log-odds of the answer without what speaks most for it.
        random: the same without as much, drawn at random.
        costs_more: share of the products that lose more without the strongest.
        changed: share of the answers that become others without the strongest.
        changed_random: without the random parts.
    """

    products: int
    strongest: float
    random: float
    costs_more: float
    changed: float
    changed_random: float


def measure_deletions(
    catalog: Catalog,
    assets: Assets,
    products: int = PRODUCTS,
    fewest_words: int = 8,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure words and photos on test products, and write `explanations/deletion.json`.

    Args:
        catalog: whose test split is drawn from.
        assets: the models that answer, and where to write.
        products: how many of each, at most.
        fewest_words: of a title; a shorter one has no three other words to take away.
        seed: of what is drawn.

    Raises:
        ModelError: no test product has a title of so many words, or none a photo.
    """
    classifier = Classifier.load(assets.root)
    test = catalog.select("test")
    found = {
        "words": asdict(_words(classifier, test, products, fewest_words, seed)),
        "photo": asdict(_photos(classifier, catalog, test, products, seed)),
        "models": classifier.fingerprint,
        "data": catalog.fingerprint,
        "date": datetime.now(UTC).date().isoformat(),
    }
    write_json(assets.root / EXPLANATIONS_FOLDER / DELETION_FILE, found)
    return found


def _drawn(table: pd.DataFrame, products: int, seed: int) -> pd.DataFrame:
    if table.empty:
        raise ModelError(_("No test product can be used. Give it a larger catalogue."))
    return table.sample(min(products, len(table)), random_state=seed)


def _words(
    classifier: Classifier, test: pd.DataFrame, products: int, fewest_words: int, seed: int
) -> Deletion:
    long_enough = test["designation"].str.split().str.len() >= fewest_words
    generator = np.random.default_rng(seed)
    rows = []
    chosen = _drawn(test[long_enough], products, seed)
    for title in tqdm(chosen["designation"], desc=_("Words"), unit="product"):
        pieces = classifier.influences(title).pieces
        gains = np.array([piece.gain for piece in pieces])
        strongest = np.argsort(-gains, kind="stable")[:_WORDS]
        drawn = generator.choice(len(pieces), min(_WORDS, len(pieces)), replace=False)
        before = _answer(classifier, title)
        rows.append(
            [
                _fall(
                    before,
                    _answer(
                        classifier,
                        " ".join(
                            piece.text for place, piece in enumerate(pieces) if place not in gone
                        ),
                    ),
                )
                for gone in (set(strongest.tolist()), set(drawn.tolist()))
            ]
        )
    return _summary(rows)


def _answer(classifier: Classifier, title: str) -> np.ndarray:
    """Return the answer to a title, (27,)."""
    result = np.full(len(CODES), 1 / len(CODES))
    try:
        ranking = classifier.classify(title, top=len(CODES)).ranking
    except ModelError:
        # Nothing is left to go by.
        return result
    for each in ranking:
        result[CODES.index(each.product_type.code)] = each.probability
    return result


def _photos(
    classifier: Classifier, catalog: Catalog, test: pd.DataFrame, products: int, seed: int
) -> Deletion:
    looking, head = classifier.looking, classifier.looking.head
    assert isinstance(head, LinearHead)
    generator = np.random.default_rng(seed)
    rows = []
    chosen = _drawn(test[test["photo"].notna()], products, seed)
    for name in tqdm(chosen["photo"], desc=_("Photos"), unit="photo"):
        try:
            picture = decode_image(catalog.photos.read(name))
        except ImageError:
            continue
        size = looking.network.image_size
        square = to_square(picture, size)
        look = looking.look(picture)
        best = int(look.probabilities.argmax())
        activations = activation_map(head, look.features, best)
        places = activations.shape[0] * activations.shape[1]
        count = max(1, round(_AREA * places))
        hottest = np.argsort(-activations.ravel(), kind="stable")[:count]
        drawn = generator.choice(places, count, replace=False)
        rows.append(
            [
                _fall(
                    look.probabilities,
                    looking.look(_covered(square, gone, activations.shape)).probabilities,
                )
                for gone in (hottest, drawn)
            ]
        )
    return _summary(rows)


def _covered(square: np.ndarray, places: np.ndarray, shape: tuple[int, ...]) -> Any:
    """Return a photo with some places of its feature map covered in grey."""
    from PIL import Image

    covered = np.zeros(shape, bool)
    covered.ravel()[places] = True
    rows = np.arange(square.shape[0]) * shape[0] // square.shape[0]
    columns = np.arange(square.shape[1]) * shape[1] // square.shape[1]
    result = square.copy()
    result[covered[rows][:, columns]] = _GREY
    return Image.fromarray(result)


def _fall(before: np.ndarray, after: np.ndarray) -> tuple[float, bool]:
    """Return by how much the log-odds of an answer fall, and whether it is another one now."""
    best = int(before.argmax())
    fall = log_odds(before[best]) - log_odds(after[best])
    return float(fall), int(after.argmax()) != best


def _summary(rows: list[list[tuple[float, bool]]]) -> Deletion:
    falls = np.array([[fall for fall, _changed in row] for row in rows])
    changed = np.array([[each for _fallen, each in row] for row in rows])
    return Deletion(
        products=len(rows),
        strongest=float(falls[:, 0].mean()),
        random=float(falls[:, 1].mean()),
        costs_more=float((falls[:, 0] > falls[:, 1]).mean()),
        changed=float(changed[:, 0].mean()),
        changed_random=float(changed[:, 1].mean()),
    )
