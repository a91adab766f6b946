"""Training the linear text model on made-up products; prints JSON.

python -m benchmarks.text_training PRODUCTS
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from benchmarks.measure import memory
from rakuten_core.models.text_linear import TextLinear
from rakuten_core.taxonomy import CODES

_VOCABULARY = 60_000
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
    titles, descriptions = [], []
    for code in codes:
        shift = CODES.index(code) * 137
        for texts, many in ((titles, 11), (descriptions, 70 if generator.random() < 0.65 else 0)):
            drawn = generator.choice(_VOCABULARY, many, p=chances)
            own = generator.random(many) < 0.3
            texts.append(" ".join(words[(drawn + shift * own) % _VOCABULARY]))
    start = time.perf_counter()
    model = TextLinear().fit(titles, descriptions, codes)
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
