"""Training of a kernel machine on the frozen features of CLIP's image tower."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.files import key_of
from rakuten_core.inference.models.calibration import fit_temperature, to_probabilities
from rakuten_core.inference.models.image_network import PACKED_FILE
from rakuten_core.inference.models.kernel import KernelHead
from rakuten_core.training.context import Context
from rakuten_core.training.lite_export import export_lite, pack
from rakuten_core.training.trainers.image_linear import ImageLinearTrainer
from rakuten_core.training.trainers.rounding_photos import rounding_photos, shown_to_tower


class ImageKernelTrainer(ImageLinearTrainer):
    """Trains a kernel head on the tower's first token and the mean of its patches.

    The tower's weights are rounded, so that it packs into a small file; the head learns from what
    the rounded tower gives.

    Args:
        image_size: side of the photos in pixels.
        depth: layers of the tower, from the first.
        levels: values above zero of each output's weights; 15 for five bits.
        folds: for the out-of-fold scores that calibration and stacks learn from.
        components: see `KernelHead`.
        gamma: see `KernelHead`.
        ridge: see `KernelHead`.
        landmarks: see `KernelHead`.
    """

    checkpoint_name = "image_kernel"

    def __init__(
        self,
        image_size: int = 224,
        depth: int = 12,
        levels: int = 15,
        folds: int = 5,
        components: int = 384,
        gamma: float = 1.0,
        ridge: float = 0.15,
        landmarks: int = 12_000,
    ) -> None:
        super().__init__("clip_vit_b16", image_size, folds=folds, preprocessing="clip")
        self.depth = depth
        self.levels = levels
        self.head: dict[str, Any] = {
            "components": components,
            "gamma": gamma,
            "ridge": ridge,
            "landmarks": landmarks,
        }

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return self.head | {
            "backbone": self.backbone,
            "weights": "clip_vit_b16",
            "image_size": self.image_size,
            "depth": self.depth,
            "levels": self.levels,
            "crop": self.crop,
            "preprocessing": self.preprocessing,
            "network_weights": "int8",
            "folds": self.folds,
        }

    def network(self, context: Context) -> tuple[Path, str]:
        """Return the rounded tower in LiteRT format, writing it if need be, and what names it."""
        # TensorFlow takes seconds to import: not before it is needed.
        from rakuten_core.training.pretrained.clip_vision import pooled_tower, read_tower
        from rakuten_core.training.pretrained.weight_rounding import round_tower

        drawn = rounding_photos(context)
        key = key_of([self.image_size, self.depth, self.levels, drawn])
        name = f"clip_vit_b16-pooled-{key[:16]}"
        path = context.work / "networks" / f"{name}.tflite"
        if not path.is_file():
            tower = pooled_tower(read_tower(), self.image_size, self.depth)
            round_tower(tower, shown_to_tower(context, drawn, self.image_size), self.levels)
            export_lite(tower, path, "int8")
        return path, name

    def ship(self, network: Path, folder: Path) -> None:
        """Put the tower, packed, into the model's folder."""
        pack(network, folder / PACKED_FILE)

    def fit(self, features: np.ndarray, codes: np.ndarray) -> KernelHead:
        """Return a head that has learnt from these pooled features, (products, channels)."""
        return KernelHead(**self.head).fit(features, codes)

    def soft_labels(self, context: Context, name: str) -> np.ndarray:
        """Return what the machine answers out of fold to the photos that a pupil learns from.

        Args:
            context: data, folders and seed.
            name: of the pupil; all get answers of machines that have not seen the product.

        Returns:
            Calibrated probabilities, (products of train and validation, 27).
        """
        products, scores = self.held_out(context)
        return to_probabilities(
            scores, fit_temperature(scores, class_indices(products["prdtypecode"]))
        )
