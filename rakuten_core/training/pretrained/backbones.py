"""Pre-trained image networks without their top, and where their ImageNet weights come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras

from rakuten_core.errors import AssetError
from rakuten_core.files import key_of, sha256_of
from rakuten_core.language import _
from rakuten_core.training.lite_export import export_lite
from rakuten_core.training.pretrained.clip_vision import read_tower, whole_tower
from rakuten_core.training.pretrained.efficientnet_lite import imagenet_network


@dataclass(frozen=True)
class Backbone:
    """A network that turns a photo into a feature map.

    Attributes:
        name: as manifests name it.
        preprocessing: a name of `images.preprocessing.PREPROCESSING`.
        application: the function of `keras.applications` that builds it; None for a network of
            the project's own, whose weights come from a package.
    """

    name: str
    preprocessing: str
    application: Callable[..., keras.Model] | None


CLIP = "clip_vit_b16"

BACKBONES: dict[str, Backbone] = {
    backbone.name: backbone
    for backbone in (
        Backbone("mobilenet_v2", "mobilenet_v2", keras.applications.MobileNetV2),
        Backbone("vgg16", "caffe", keras.applications.VGG16),
        Backbone("resnet50", "caffe", keras.applications.ResNet50),
        Backbone("efficientnet_lite0", "efficientnet_lite", None),
        Backbone("efficientnet_lite2", "efficientnet_lite", None),
        Backbone(CLIP, "clip", None),
    )
}


def build_backbone(name: str, image_size: int, weights: Path | None = None) -> keras.Model:
    """Build a backbone with ImageNet weights.

    Args:
        name: of `BACKBONES`.
        image_size: side of the photos in pixels.
        weights: a Keras weights file; without one, Keras's own download is tried.

    Raises:
        AssetError: the weights are not to be had, or the file does not fit.
    """
    backbone = BACKBONES[name]
    if name == CLIP:
        return whole_tower(read_tower(), image_size)
    if backbone.application is None:
        return imagenet_network(name, image_size)
    shape = (image_size, image_size, 3)
    if weights is None:
        try:
            return backbone.application(include_top=False, weights="imagenet", input_shape=shape)
        except Exception as error:
            raise AssetError(
                _(
                    "The ImageNet weights of {name} cannot be downloaded ({error}). Download the "
                    "file named *_notop.h5 from Keras's site on a connected machine and give it: "
                    "--weights {name}=FILE"
                ).format(name=name, error=error)
            ) from error
    network = backbone.application(include_top=False, weights=None, input_shape=shape)
    try:
        network.load_weights(weights)
    except (OSError, ValueError) as error:
        raise AssetError(
            _("{weights} does not hold the weights of {name}: {error}.").format(
                weights=weights, name=name, error=error
            )
        ) from error
    return network


def exported_backbone(
    folder: Path, name: str, image_size: int, weights: Path | None = None
) -> Path:
    """Return a backbone in LiteRT format, building and writing it if it is not there yet.

    Args:
        folder: where exported networks are kept.
        name: of `BACKBONES`.
        image_size: side of the photos in pixels.
        weights: see `build_backbone`.

    Raises:
        AssetError: the weights are not to be had, or the file does not fit.
    """
    origin = key_of(sha256_of(weights)) if weights else "imagenet"
    path = folder / f"{name}-{origin}-{image_size}.tflite"
    if not path.is_file():
        # Sixteen bits would be computed with 32: the transformer is faster and smaller with eight.
        short: Literal["int8", "float16"] = "int8" if name == CLIP else "float16"
        export_lite(build_backbone(name, image_size, weights), path, weights=short)
    return path
