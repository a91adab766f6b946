"""Keras networks written in LiteRT format."""

import contextlib
import io
import logging
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from rakuten_core.files import replacing, write_parts

# zlib's number for gzip's format.
_GZIP = 31


def export_lite(
    model: keras.Model,
    path: Path,
    weights: Literal["float32", "float16", "int8"] = "float32",
    examples: Iterable[np.ndarray] | None = None,
) -> None:
    """Write a network as `.tflite`, one picture or text at a time.

    Args:
        model: a network with one input and one output.
        path: where to write it; packed, and in parts if it is large, if it ends in `.gz`.
        weights: `float16` halves the file: 11 significant bits, widened when the file is loaded.
            `int8` quarters it, and layers compute with 8-bit integers.
        examples: inputs without the batch axis, with `int8`: all values between layers are rounded
            by the ranges that they take on these. Without them, dense layers round their values
            by each input's own range (LiteRT's dynamic-range quantisation).
    """
    if None not in model.input_shape[1:]:
        # With the batch known, nothing is left to compute about shapes while answering.
        one = keras.Input(model.input_shape[1:], batch_size=1)
        model = keras.Model(one, model(one))
    # Faster than from a Keras network, of which Keras keeps more than what answers.
    answer = tf.function(lambda values: model(values, training=False)).get_concrete_function(
        tf.TensorSpec(model.inputs[0].shape, model.inputs[0].dtype)
    )
    owner = tf.Module()
    owner.weights = [variable.value for variable in model.variables]
    converter = tf.lite.TFLiteConverter.from_concrete_functions([answer], owner)
    if weights != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if examples is not None:
        converter.representative_dataset = lambda: ([each[np.newaxis]] for each in examples)
    if weights == "float16":
        converter.target_spec.supported_types = [tf.float16]
    logging.getLogger("absl").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        content = converter.convert()
    if path.suffix == ".gz":
        write_parts(path, _packed(content))
    else:
        with replacing(path) as temporary:
            temporary.write_bytes(content)


def pack(network: Path, path: Path) -> None:
    """Write an exported network packed, and in parts if it is large.

    Args:
        network: a `.tflite` file.
        path: where to write it; ends in `.gz`.
    """
    write_parts(path, _packed(network.read_bytes()))


def _packed(content: bytes) -> bytes:
    """Return gzip's format, without the time: the same network is the same file.

    Weights hold no repeated strings: looking for them would only make the file larger.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP, zlib.DEF_MEM_LEVEL, zlib.Z_HUFFMAN_ONLY)
    return packer.compress(content) + packer.flush()
