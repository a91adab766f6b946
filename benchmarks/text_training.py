"""Training the linear text model on made-up products; prints JSON.

python -m benchmarks.text_training PRODUCTS
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from benchmarks.measure import memory
from rakuten_core.data.products import Products
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.taxonomy import CODES

_VOCABULARY = 20_000
_LETTERS = np.array(list("aabcdeeefghiilmnnooprrssttuuv"))


def main(products: int) -> None:
    """Measure and print."""
    generator = np.random.default_rng(0)
    words = np.array(
        [
            "".join(generator.choice(_LETTERS, length))
            for length in generator.integers(3, 11, 60_000)
        ]
    )
    # Word frequencies fall as in natural texts (Zipf), from another place for each type.
    chances = 1 / np.arange(1, _VOCABULARY + 1)
    chances /= chances.sum()
    codes = generator.choice(CODES, products)
    titles: list[str] = []
    descriptions: list[str] = []
    for texts, lengths in (
        (titles, np.full(products, 11)),
        (descriptions, np.where(generator.random(products) < 0.65, 70, 0)),
    ):
        drawn = generator.choice(_VOCABULARY, lengths.sum(), p=chances)
        own = generator.random(len(drawn)) < 0.3
        shift = np.repeat(np.searchsorted(CODES, codes) * 137, lengths)
        chosen = words[(drawn + shift * own) % _VOCABULARY]
        texts += [" ".join(part) for part in np.split(chosen, np.cumsum(lengths)[:-1])]
    start = time.perf_counter()
    model = TextLinear().fit(Products.of_texts(titles, descriptions), codes)
    print(
        json.dumps(
            {
                "products": products,
                "seconds": time.perf_counter() - start,
                "features": len(model.coefficients_),
                "peak_memory_mb": memory(),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
