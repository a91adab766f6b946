"""What lies between the layers of a network in LiteRT format."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from rakuten_core.data.products import Picture
from rakuten_core.errors import ModelError
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.inference.models.image_network import ImageNetwork
from rakuten_core.inference.models.lite_network import unpacked
from rakuten_core.language import _


@dataclass(frozen=True)
class Layer:
    """The maps of one depth.

    Attributes:
        size: side of the maps.
        maps: float32 (size, size, channels).
    """

    size: int
    maps: np.ndarray


class NetworkLayers:
    """Keeps what a convolutional network computes on its way, which answering throws away.

    Safe to share between threads.

    Args:
        path: of the network's file.
        model: the model that it belongs to, which knows how a photo is prepared.

    Raises:
        AssetError: the file is missing or damaged.
    """

    def __init__(self, path: Path, model: ImageNetwork) -> None:
        self._model = model
        self._content = unpacked(path)
        # The page asks for the photo of before when something else on it moves.
        self._look = lru_cache(maxsize=2)(self._computed)

    def _interpreter(self) -> Interpreter:
        """Return an interpreter that keeps all tensors: for one photo, as they fill the memory."""
        with warnings.catch_warnings():
            # It warns of that memory.
            warnings.simplefilter("ignore", UserWarning)
            made = Interpreter(
                model_content=self._content, num_threads=1, experimental_preserve_all_tensors=True
            )
        made.allocate_tensors()
        return made

    @cached_property
    def filters(self) -> np.ndarray:
        """The first layer's filters, float32 (filters, height, width, 3).

        Raises:
            ModelError: no layer reads colours.
        """
        interpreter = self._interpreter()
        for tensor in interpreter.get_tensor_details():
            shape = tensor["shape"]
            if len(shape) == 4 and shape[3] == 3 and shape[1] < 10:
                return _values(interpreter, tensor)
        raise ModelError(_("This network has no filters over colours."))

    def layers(self, picture: Picture, crop: float = 0.0) -> tuple[Layer, ...]:
        """Return the deepest maps of each size, the largest first.

        Args:
            picture: the photo.
            crop: fraction to cut from the borders first.

        Raises:
            ImageError: the photo cannot be used.
        """
        square = to_square(decode_image(picture), self._model.network.image_size, crop)
        return self._look(square.tobytes())

    def _computed(self, square: bytes) -> tuple[Layer, ...]:
        side = self._model.network.image_size
        pixels = np.frombuffer(square, np.uint8).reshape(side, side, 3).astype(np.float32)
        interpreter = self._interpreter()
        (entry,) = interpreter.get_input_details()
        interpreter.set_tensor(entry["index"], self._model.preprocess(pixels)[np.newaxis])
        interpreter.invoke()
        # Maps are halved again and again; kernels, which have the same form, come before them.
        sizes = {-(-side // 2**halved) for halved in range(1, 6)}
        deepest: dict[int, np.ndarray] = {}
        for tensor in interpreter.get_tensor_details():
            shape = tensor["shape"]
            square_map = len(shape) == 4 and shape[0] == 1 and shape[1] == shape[2]
            if square_map and int(shape[1]) in sizes:
                deepest[int(shape[1])] = _values(interpreter, tensor)[0]
        return tuple(Layer(size, deepest[size]) for size in sorted(deepest, reverse=True))


def _values(interpreter: Interpreter, tensor: dict) -> np.ndarray:
    """Return a tensor's values, widened from 8 bits where it is quantized."""
    found = tensor["quantization_parameters"]
    raw = interpreter.get_tensor(tensor["index"]).astype(np.float32)
    if not len(found["scales"]):
        return raw
    shape = [1] * raw.ndim
    if len(found["scales"]) > 1:
        shape[found["quantized_dimension"]] = -1
    return (raw - found["zero_points"].reshape(shape)) * found["scales"].reshape(shape)


def strongest_channels(maps: np.ndarray, count: int) -> np.ndarray:
    """Return the channels whose mean over the map is highest, the strongest first, (count,).

    Args:
        maps: (size, size, channels).
        count: how many, at most.
    """
    return np.argsort(-maps.mean(axis=(0, 1)), kind="stable")[:count]
