"""Keras networks written in LiteRT format."""

import contextlib
import io
import logging
from pathlib import Path

import keras
import tensorflow as tf

from rakuten_core.files import replacing


def export_lite(model: keras.Model, path: Path, float16: bool = False) -> None:
    """Write a network as `.tflite`, one picture at a time.

    Args:
        model: a network with one input and one output.
        path: where to write it.
        float16: halve the file: weights are stored with 11 significant bits and widened when the
            file is loaded.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if float16:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    logging.getLogger("absl").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        content = converter.convert()
    with replacing(path) as temporary:
        temporary.write_bytes(content)
