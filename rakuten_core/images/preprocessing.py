"""What each backbone expects at its input, as arithmetic that arrays and tensors both take."""

from collections.abc import Callable
from typing import Any

import numpy as np

# ImageNet's mean colour in blue, green, red order, as `keras.applications` subtracts it ("caffe").
_MEAN_BGR = (103.939, 116.779, 123.68)
_CLIP_MEAN = np.array((0.48145466, 0.4578275, 0.40821073), np.float32)
_CLIP_DEVIATION = np.array((0.26862954, 0.26130258, 0.27577711), np.float32)


def preprocess_efficientnet_lite(pixels: Any) -> Any:
    """Scale RGB levels 0..255 to about -1..1 (EfficientNet-Lite: mean 127, deviation 128)."""
    return (pixels - 127.0) / 128.0


def preprocess_mobilenet_v2(pixels: Any) -> Any:
    """Scale RGB levels 0..255 to -1..1 (`keras.applications.mobilenet_v2`)."""
    return pixels / 127.5 - 1.0


def preprocess_caffe(pixels: Any) -> Any:
    """Turn RGB into BGR and subtract ImageNet's mean (`keras.applications.vgg16`, `resnet50`)."""
    return pixels[..., ::-1] - _MEAN_BGR


def preprocess_clip(pixels: Any) -> Any:
    """Scale RGB levels 0..255 to CLIP's mean 0 and deviation 1 (Radford et al. 2021)."""
    return (pixels / 255.0 - _CLIP_MEAN) / _CLIP_DEVIATION


def preprocess_unit(pixels: Any) -> Any:
    """Scale RGB levels 0..255 to 0..1 (networks trained from scratch)."""
    return pixels / 255.0


PREPROCESSING: dict[str, Callable] = {
    "efficientnet_lite": preprocess_efficientnet_lite,
    "mobilenet_v2": preprocess_mobilenet_v2,
    "caffe": preprocess_caffe,
    "clip": preprocess_clip,
    "unit": preprocess_unit,
}
"""The functions above by name, as a model's manifest names them."""


def as_network_sees(square: np.ndarray, name: str) -> tuple[np.ndarray, float, float]:
    """Return a picture's preprocessed values stretched to be visible, and their range.

    Args:
        square: uint8 (size, size, 3).
        name: of `PREPROCESSING`.

    Returns:
        uint8 (size, size, 3), and the smallest and the largest value.
    """
    values = PREPROCESSING[name](square.astype(np.float32))
    low, high = float(values.min()), float(values.max())
    return (255 * (values - low) / max(high - low, 1e-6)).astype(np.uint8), low, high
