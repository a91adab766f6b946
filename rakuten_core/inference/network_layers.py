"""What lies between the layers of a network in LiteRT format."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache
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
        with warnings.catch_warnings():
            # It warns of the memory that the tensors take, which are what is wanted here.
            warnings.simplefilter("ignore", UserWarning)
            self._interpreter = Interpreter(
                model_content=unpacked(path), num_threads=1, experimental_preserve_all_tensors=True
            )
        self._interpreter.allocate_tensors()
        self._one_at_a_time = threading.Lock()
        self._input = self._interpreter.get_input_details()[0]
        self._look = lru_cache(maxsize=8)(self._computed)

    def filters(self) -> np.ndarray:
        """Return the first layer's filters, float32 (filters, height, width, 3).

        Raises:
            ModelError: no layer reads colours.
        """
        for tensor in self._interpreter.get_tensor_details():
            shape = tensor["shape"]
            if len(shape) == 4 and shape[3] == 3 and shape[1] < 10:
                return self._values(tensor)
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
        with self._one_at_a_time:
            self._interpreter.set_tensor(
                self._input["index"], self._model.preprocess(pixels)[np.newaxis]
            )
            self._interpreter.invoke()
            # Maps are halved again and again; kernels, which have the same form, come before them.
            sizes = {-(-side // 2**halved) for halved in range(1, 6)}
            deepest: dict[int, np.ndarray] = {}
            for tensor in self._interpreter.get_tensor_details():
                shape = tensor["shape"]
                square_map = len(shape) == 4 and shape[0] == 1 and shape[1] == shape[2]
                if square_map and int(shape[1]) in sizes:
                    deepest[int(shape[1])] = self._values(tensor)[0]
        return tuple(Layer(size, deepest[size]) for size in sorted(deepest, reverse=True))

    def _values(self, tensor: dict) -> np.ndarray:
        """Return a tensor's values, widened from 8 bits where it is quantized."""
        found = tensor["quantization_parameters"]
        raw = self._interpreter.get_tensor(tensor["index"]).astype(np.float32)
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
