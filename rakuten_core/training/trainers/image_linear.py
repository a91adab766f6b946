"""Training of heads on frozen networks' features of each whole photo."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.inference.models.calibration import fit_temperature
from rakuten_core.inference.models.image_network import NETWORK_FILE, LinearHead
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.training.context import Context, rows_of
from rakuten_core.training.feature_cache import FeatureCache
from rakuten_core.training.folds import learning_products, out_of_fold_scores, test_products
from rakuten_core.training.runner import Trained


def imagenet_network_path(context: Context, backbone: str, image_size: int) -> Path:
    """Return a network with ImageNet weights in LiteRT format, writing it if need be."""
    # TensorFlow takes seconds to import: not before it is needed.
    from rakuten_core.training.pretrained.backbones import exported_backbone

    return exported_backbone(context.work / "networks", backbone, image_size)


class ImageLinearTrainer:
    """Trains `image_linear` on a frozen network's features of each whole photo.

    Args:
        backbone: a name of `backbones.BACKBONES`.
        image_size: side of the photos in pixels.
        crop: fraction to cut from the borders first.
        folds: for the out-of-fold scores that calibration learns from.
        preprocessing: the backbone's, a name of `images.preprocessing.PREPROCESSING`.
    """

    method_version = 1
    checkpoint_name = "image_linear"

    def __init__(
        self,
        backbone: str = "efficientnet_lite0",
        image_size: int = 224,
        crop: float = 0.0,
        folds: int = 5,
        preprocessing: str = "efficientnet_lite",
    ) -> None:
        self.backbone = backbone
        self.folds = folds
        self.model = LinearHead(C=0.003)
        self.crop = crop
        self.image_size = image_size
        self.preprocessing = preprocessing

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        clip = self.backbone == "clip_vit_b16"
        return {
            "C": self.model.C,
            "iterations": self.model.iterations,
            "backbone": self.backbone,
            "weights": "clip_vit_b16" if clip else "imagenet",
            "image_size": self.image_size,
            "crop": self.crop,
            "preprocessing": self.preprocessing,
            "network_weights": "int8" if clip else "float16",
            "folds": self.folds,
        }

    def network(self, context: Context) -> tuple[Path, str]:
        """Return the frozen network in LiteRT format, writing it if need be, and what names it."""
        path = imagenet_network_path(context, self.backbone, self.image_size)
        return path, f"{self.backbone}-imagenet"

    def ship(self, network: Path, folder: Path) -> None:
        """Put the frozen network into the model's folder."""
        shutil.copy(network, folder / NETWORK_FILE)

    def features(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products whose photo can be decoded and their features."""
        products = context.readable("image")
        path, name = self.network(context)
        stored = FeatureCache(context.work / "features").features(
            context.catalog.photos,
            products["photo"].tolist(),
            LiteNetwork(path),
            name,
            PREPROCESSING[self.preprocessing],
            self.crop,
        )
        return products, stored.rows(np.arange(len(products)))

    def fit(self, features: np.ndarray, codes: np.ndarray) -> Any:
        """Return a head that has learnt from these pooled features, (products, channels)."""
        return LinearHead(self.model.C, self.model.iterations).fit(features, codes)

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and their out-of-fold scores, (products, 27)."""
        products, features = self.features(context)
        learnable = (products["split"] != "test").to_numpy()
        features = features[learnable]
        products = learning_products(products, "image")
        codes = products["prdtypecode"].to_numpy()

        def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
            return self.fit(features[learn], codes[learn]).scores(features[hold])

        checkpoints = context.checkpoints(
            self.checkpoint_name, self.method_version, self.parameters()
        )
        return products, out_of_fold_scores(
            products, scores, checkpoints, self.checkpoint_name, self.folds
        )

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        learning, scores = self.held_out(context)
        products, features = self.features(context)
        learn = (products["split"] != "test").to_numpy()
        model = self.fit(features[learn], learning["prdtypecode"].to_numpy())
        model.temperature_ = fit_temperature(scores, class_indices(learning["prdtypecode"]))
        model.save(folder)
        self.ship(self.network(context)[0], folder)
        test = test_products(products)
        return Trained(
            test=test,
            probabilities=model.predict_proba(features[~learn]),
            rows=rows_of(products),
            facts={
                "parameter_count": model.parameter_count,
                "temperature": model.temperature_,
            },
        )
