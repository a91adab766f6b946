"""Latency, throughput and memory of answers; prints JSON: python -m benchmarks.answers RUNS."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.measure import DESCRIPTION, TITLE, memory, milliseconds, pictures, summary
from rakuten_core.inference import Classifier, SimilarProducts

_MANY_TEXTS, _MANY_PHOTOS = 4000, 400


def main(runs: int) -> None:
    """Measure and print."""
    before = memory("VmRSS")
    start = time.perf_counter()
    classifier = Classifier.load()
    loading = 1000 * (time.perf_counter() - start)
    files = pictures(27)
    cases = {
        "text": lambda run: classifier.classify(TITLE, DESCRIPTION),
        "photo": lambda run: classifier.classify(image=files[run % 27]),
        "text and photo": lambda run: classifier.classify(TITLE, DESCRIPTION, files[run % 27]),
        "text and photo, explained": lambda run: classifier.classify_and_explain(
            TITLE, DESCRIPTION, files[run % 27]
        ),
    }
    similar = SimilarProducts.load(classifier)
    vector = similar.text_vector(TITLE)
    # Titles of 14 words: the first stage is sure of one, the other goes through all.
    sure = " ".join((TITLE + " bleue garantie deux ans").split()[:14])
    unsure = (
        "Support mural noir pour grand modèle avec accessoires lot de deux pièces en métal neuf"
    )
    cases |= {
        "similar products, the search alone": lambda run: similar.nearest(vector),
        "words of the whole answer, first stage": lambda run: classifier.influences(sure),
        "words of the whole answer, all stages": lambda run: classifier.influences(unsure),
    }
    latency = {name: summary(milliseconds(call, runs)) for name, call in cases.items()}

    def timed(run: int) -> float:
        begun = time.perf_counter()
        cases["text and photo"](run)
        return 1000 * (time.perf_counter() - begun)

    with ThreadPoolExecutor(8) as pool:
        latency["text and photo, eight threads at once"] = summary(
            list(pool.map(timed, range(runs)))
        )
    latency["loading the models"] = summary([loading])
    generator = np.random.default_rng(0)
    words = (TITLE + " " + DESCRIPTION).split()
    rows = [
        {
            "designation": " ".join(generator.choice(words, 8)),
            "description": " ".join(generator.choice(words, 30)) if number % 3 else "",
        }
        for number in range(_MANY_TEXTS)
    ]
    throughput = {}
    for name, many, images in (
        ("texts", _MANY_TEXTS, None),
        ("texts and photos", _MANY_PHOTOS, [files[n % 27] for n in range(_MANY_PHOTOS)]),
    ):
        begun = time.perf_counter()
        answered = sum(1 for _ in classifier.classify_many(rows[:many], images))
        throughput[name] = answered / (time.perf_counter() - begun)
    print(
        json.dumps(
            {
                "latency": latency,
                "products_per_second": throughput,
                "memory_mb": {"before": before, "after": memory("VmRSS"), "peak": memory()},
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
