"""Keras networks written in LiteRT format."""

import contextlib
import gzip
import io
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from rakuten_core.files import replacing


def export_lite(
    model: keras.Model,
    path: Path,
    weights: Literal["float32", "float16", "int8"] = "float32",
    examples: Iterable[np.ndarray] | None = None,
) -> None:
    """Write a network as `.tflite`, one picture or text at a time.

    Args:
        model: a network with one input and one output.
        path: where to write it; packed if it ends in `.gz`.
        weights: `float16` halves the file: 11 significant bits, widened when the file is loaded.
            `int8` quarters it, and layers compute with 8-bit integers.
        examples: inputs without the batch axis, with `int8`: all values between layers are rounded
            by the ranges that they take on these. Without them, dense layers round their values
            by each input's own range (LiteRT's dynamic-range quantisation).
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if weights != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if examples is not None:
        converter.representative_dataset = lambda: ([each[np.newaxis]] for each in examples)
    if weights == "float16":
        converter.target_spec.supported_types = [tf.float16]
    logging.getLogger("absl").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        content = converter.convert()
    with replacing(path) as temporary:
        # Without the time of packing: the same network is the same file.
        temporary.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
