"""The natural competitors of an answer; prints JSON: python -m benchmarks.competitors RUNS.

Keras runs the same network on a picture that is already decoded; scikit-learn runs the usual
pipeline of one TF-IDF and a calibrated linear machine, learnt from a made-up catalogue.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measure import DESCRIPTION, TITLE, milliseconds, summary
from rakuten_core.assets import Assets

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def main(runs: int) -> None:
    """Measure and print."""
    import tensorflow as tf
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.data.sample import write_sample
    from rakuten_core.training.pretrained.efficientnet_lite import imagenet_network

    parameters = Assets().model("image_finetuned_int8").manifest["parameters"]
    size = parameters["image_size"]
    network = imagenet_network(parameters["backbone"], size)
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, size, size, 3)).astype(np.float32)
    graph = tf.function(network)
    result = {
        "the network alone, Keras predict": summary(
            milliseconds(lambda run: network.predict(pixels, verbose=0), runs, 3)
        ),
        "the network alone, tf.function": summary(
            milliseconds(lambda run: graph(pixels).numpy(), runs, 3)
        ),
    }
    with tempfile.TemporaryDirectory() as folder:
        write_sample(Path(folder) / "sample", per_type=40, image_size=8)
        products = read_catalog(Path(folder) / "sample").products
    pipeline = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
        ),
        CalibratedClassifierCV(LinearSVC(), cv=3),
    )
    pipeline.fit(products["designation"] + " " + products["description"], products["prdtypecode"])
    result["text, scikit-learn pipeline on a small vocabulary"] = summary(
        milliseconds(lambda run: pipeline.predict_proba([f"{TITLE} {DESCRIPTION}"]), runs)
    )
    print(json.dumps(result))


if __name__ == "__main__":
    main(int(sys.argv[1]))
