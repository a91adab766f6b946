"""Training of `image_linear`, and what every model on EfficientNet-Lite shares."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.assets import WEIGHTS_FOLDER
from rakuten_core.evaluation.metrics import label_positions
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.inference.models.calibration import fit_temperature
from rakuten_core.inference.models.image_network import NETWORK_FILE, LinearHead
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.training.feature_cache import FeatureCache
from rakuten_core.training.folds import learning_products, out_of_fold_scores, test_products
from rakuten_core.training.runner import Context, Trained, latency, rows_of


def imagenet_network_path(context: Context, backbone: str, image_size: int) -> Path:
    """Return a network with ImageNet weights in LiteRT format, writing it if need be."""
    # TensorFlow takes seconds to import: not before it is needed.
    from rakuten_core.training.pretrained.backbones import exported_backbone

    return exported_backbone(context.work / "networks", backbone, image_size)


def photo_latency(
    context: Context,
    test: pd.DataFrame,
    network: LiteNetwork,
    head: LinearHead,
    preprocessing: str,
    crop: float,
) -> float:
    """Return the median time in milliseconds to answer one photo, decoding included."""

    def answer(row: pd.DataFrame) -> np.ndarray:
        image = decode_image(context.catalog.photos.read(row["photo"].iloc[0]))
        pixels = to_square(image, network.image_size, crop).astype(np.float32)
        features = network.run(PREPROCESSING[preprocessing](pixels)).mean(axis=(0, 1))
        return head.predict_proba(features[np.newaxis])

    return latency(answer, test)


class ImageLinearTrainer:
    """Trains `image_linear` on a frozen network's features of each whole photo.

    Args:
        backbone: a name of `efficientnet_lite.VARIANTS`.
        image_size: side of the photos in pixels.
        crop: fraction to cut from the borders first.
        folds: for the out-of-fold scores that calibration learns from.
    """

    def __init__(
        self,
        backbone: str = "efficientnet_lite0",
        image_size: int = 224,
        crop: float = 0.0,
        folds: int = 5,
    ) -> None:
        self.backbone = backbone
        self.folds = folds
        self.model = LinearHead(C=0.003)
        self.crop = crop
        self.image_size = image_size
        self.preprocessing = "efficientnet_lite"

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return {
            "C": self.model.C,
            "iterations": self.model.iterations,
            "backbone": self.backbone,
            "weights": "imagenet",
            "image_size": self.image_size,
            "crop": self.crop,
            "preprocessing": self.preprocessing,
            "network_weights": "float16",
            "folds": self.folds,
        }

    def features(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products whose photo can be decoded and their features."""
        products = context.readable("image")
        stored = FeatureCache(context.work / "features").features(
            context.catalog.photos,
            products["photo"].tolist(),
            LiteNetwork(imagenet_network_path(context, self.backbone, self.image_size)),
            f"{self.backbone}-imagenet",
            PREPROCESSING[self.preprocessing],
            self.crop,
        )
        return products, stored.rows(np.arange(len(products)))

    def fit(self, features: np.ndarray, codes: np.ndarray) -> LinearHead:
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

        checkpoints = context.checkpoints("image_linear", self.parameters())
        return products, out_of_fold_scores(
            products, scores, checkpoints, "image_linear", self.folds
        )

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        learning, scores = self.held_out(context)
        products, features = self.features(context)
        learn = (products["split"] != "test").to_numpy()
        model = self.fit(features[learn], learning["prdtypecode"].to_numpy())
        model.temperature_ = fit_temperature(scores, label_positions(learning["prdtypecode"]))
        weights = folder / WEIGHTS_FOLDER
        model.save(weights)
        shutil.copy(
            imagenet_network_path(context, self.backbone, self.image_size), weights / NETWORK_FILE
        )
        test = test_products(products)
        return Trained(
            test=test,
            probabilities=model.predict_proba(features[~learn]),
            has_image=np.ones(len(test), bool),
            rows=rows_of(products),
            facts={
                "parameter_count": model.coefficients_.size + model.intercepts_.size,
                "temperature": model.temperature_,
                "milliseconds_per_product": photo_latency(
                    context,
                    test,
                    LiteNetwork(weights / NETWORK_FILE),
                    model,
                    self.preprocessing,
                    self.crop,
                ),
            },
        )
