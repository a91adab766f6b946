"""Training of the project's own models: linear text, linear image and their stacked fusion.

Hyper-parameters were chosen on the validation split. The final models learn from train and
validation together; calibration and fusion learn from out-of-fold predictions over the same
products, so that no held-out product is lost; the test split is only measured.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core.catalog import fold_of
from rakuten_core.errors import ModelError
from rakuten_core.evaluation import label_positions
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.models.fusion_stacked import FusionStacked
from rakuten_core.models.image_linear import ImageLinear
from rakuten_core.models.lite_network import LiteNetwork
from rakuten_core.models.probabilities import fit_temperature, to_probabilities
from rakuten_core.models.text_linear import TextLinear
from rakuten_core.study.features import FeatureCache
from rakuten_core.study.training import Context, Trained, rows_of

FOLDS = 5
NETWORK_FILE = "network.tflite"


class TextLinearTrainer:
    """Trains `text_linear`."""

    def __init__(self) -> None:
        self.model = TextLinear()

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return {
            "C": self.model.C,
            "word_ngrams": self.model.word_ngrams,
            "character_ngrams": self.model.character_ngrams,
            "minimum_products": self.model.minimum_products,
            "features": self.model.features,
            "folds": FOLDS,
        }

    def _fit(self, products: pd.DataFrame, seed: int) -> TextLinear:
        parameters = self.parameters()
        del parameters["folds"]
        model = TextLinear(**parameters, seed=seed)
        return model.fit(
            products["designation"].tolist(),
            products["description"].tolist(),
            products["prdtypecode"].to_numpy(),
        )

    def out_of_fold(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and their out-of-fold scores, (products, 27)."""
        products = learning_products(context.products[context.products["has_text"]], "text")

        def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
            model = self._fit(products[learn], context.seed)
            held = products[hold]
            return model.scores(held["designation"].tolist(), held["description"].tolist())

        checkpoints = context.checkpoints("text_linear", self.parameters())
        return products, out_of_fold_scores(products, scores, checkpoints, "text_linear")

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        products, scores = self.out_of_fold(context)
        model = self._fit(products, context.seed)
        model.temperature_ = fit_temperature(scores, label_positions(products["prdtypecode"]))
        model.save(folder)
        # What is measured is what is shipped, rounded weights included.
        model = TextLinear.load(folder)
        test = test_products(context.products[context.products["has_text"]])
        return Trained(
            test=test,
            probabilities=model.predict_proba(
                test["designation"].tolist(), test["description"].tolist()
            ),
            has_image=test["photo"].notna().to_numpy(),
            rows=rows_of(context.products[context.products["has_text"]]),
            facts={
                "features": len(model.coefficients_),
                "parameter_count": model.coefficients_.size + model.intercepts_.size,
                "temperature": model.temperature_,
            },
        )


class ImageLinearTrainer:
    """Trains `image_linear` on EfficientNet-Lite0's features of each whole photo."""

    def __init__(self, crop: float = 0.0, image_size: int = 224) -> None:
        self.model = ImageLinear()
        self.crop = crop
        self.image_size = image_size
        self.preprocessing = "efficientnet_lite"

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return {
            "C": self.model.C,
            "iterations": self.model.iterations,
            "backbone": "efficientnet_lite0",
            "weights": "imagenet",
            "image_size": self.image_size,
            "crop": self.crop,
            "preprocessing": self.preprocessing,
            "network_weights": "float16",
            "folds": FOLDS,
        }

    def _network_path(self, context: Context) -> Path:
        path = context.work / "networks" / f"efficientnet_lite0-imagenet-{self.image_size}.tflite"
        if not path.is_file():
            # TensorFlow is imported only when the network is not there yet.
            from rakuten_core.models.efficientnet_lite import (
                efficientnet_lite0,
                imagenet_weights_path,
                load_torch_weights,
            )
            from rakuten_core.models.export import export_lite

            network = efficientnet_lite0(self.image_size)
            load_torch_weights(network, imagenet_weights_path())
            export_lite(network, path, float16=True)
        return path

    def features(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products whose photo can be decoded and their features."""
        products = context.products[context.products["photo"].notna()]
        if products.empty:
            raise ModelError(
                f"{context.catalog.directory} has no photo of any product: an image model cannot "
                "be trained. Put them into images/image_train/ or images.zip."
            )
        features = FeatureCache(context.work / "features").features(
            context.catalog.photos,
            products["photo"].tolist(),
            LiteNetwork(self._network_path(context)),
            "efficientnet_lite0-imagenet-float16",
            PREPROCESSING[self.preprocessing],
            self.crop,
        )
        decoded = ~np.isnan(features).any(axis=1)
        return products[decoded], features[decoded]

    def _fit(self, features: np.ndarray, codes: np.ndarray) -> ImageLinear:
        return ImageLinear(self.model.C, self.model.iterations).fit(features, codes)

    def out_of_fold(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and their out-of-fold scores, (products, 27)."""
        products, features = self.features(context)
        learnable = (products["split"] != "test").to_numpy()
        features = features[learnable]
        products = learning_products(products, "image")
        codes = products["prdtypecode"].to_numpy()

        def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
            return self._fit(features[learn], codes[learn]).scores(features[hold])

        checkpoints = context.checkpoints("image_linear", self.parameters())
        return products, out_of_fold_scores(products, scores, checkpoints, "image_linear")

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        learning, scores = self.out_of_fold(context)
        products, features = self.features(context)
        learn = (products["split"] != "test").to_numpy()
        model = self._fit(features[learn], learning["prdtypecode"].to_numpy())
        model.temperature_ = fit_temperature(scores, label_positions(learning["prdtypecode"]))
        model.save(folder)
        shutil.copy(self._network_path(context), folder / NETWORK_FILE)
        test = test_products(products)
        return Trained(
            test=test,
            probabilities=model.predict_proba(features[~learn]),
            has_image=np.ones(len(test), bool),
            rows=rows_of(products),
            facts={
                "parameter_count": model.coefficients_.size + model.intercepts_.size,
                "temperature": model.temperature_,
            },
        )


class FusionStackedTrainer:
    """Trains `fusion_stacked` on the out-of-fold probabilities of the two models."""

    def __init__(self) -> None:
        self.model = FusionStacked()
        self.text = TextLinearTrainer()
        self.image = ImageLinearTrainer()

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters, with those of the two models below."""
        return {
            "C": self.model.C,
            "iterations": self.model.iterations,
            "text": self.text.parameters(),
            "image": self.image.parameters(),
        }

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        text, text_scores = self.text.out_of_fold(context)
        image, image_scores = self.image.out_of_fold(context)
        both = text.index.intersection(image.index)
        if both.empty:
            raise ModelError(
                "No product outside the test split has both a text and a photo: the fusion cannot "
                "be trained."
            )
        temperatures = {
            name: context.assets.model(name).manifest["temperature"]
            for name in ("text_linear", "image_linear")
        }
        self.model.fit(
            to_probabilities(
                text_scores[text.index.get_indexer(both)], temperatures["text_linear"]
            ),
            to_probabilities(
                image_scores[image.index.get_indexer(both)], temperatures["image_linear"]
            ),
            text.loc[both, "prdtypecode"].to_numpy(),
        )
        self.model.save(folder)
        test = test_products(context.products)
        text_test = self._test_probabilities(context, "text_linear", test)
        image_test = self._test_probabilities(context, "image_linear", test)
        has_image = ~np.isnan(image_test).any(axis=1)
        answered = has_image | ~np.isnan(text_test).any(axis=1)
        return Trained(
            test=test[answered],
            probabilities=self.model.predict_proba(text_test[answered], image_test[answered]),
            has_image=has_image[answered],
            rows=rows_of(context.products) | {"learned_from": len(both)},
            facts={"parameter_count": self.model.coefficients_.size + self.model.intercepts_.size},
        )

    @staticmethod
    def _test_probabilities(context: Context, name: str, test: pd.DataFrame) -> np.ndarray:
        """Return a model's saved test probabilities, NaN where it had nothing to read."""
        table = context.assets.model(name).test_probabilities().set_index("productid")
        columns = [column for column in table.columns if column.startswith("p_")]
        return table[columns].reindex(test["productid"]).to_numpy(np.float64)


def learning_products(products: pd.DataFrame, modality: str) -> pd.DataFrame:
    """Return the products of train and validation.

    Raises:
        ModelError: there are none, or they are all of one type.
    """
    learning = products[products["split"] != "test"]
    if learning["prdtypecode"].nunique() < 2:
        raise ModelError(
            f"Products with {modality} of at least two types are needed to train; found "
            f"{learning['prdtypecode'].nunique()}. Give it a larger catalogue."
        )
    return learning


def test_products(products: pd.DataFrame) -> pd.DataFrame:
    """Return the products of the test split."""
    return products[products["split"] == "test"]


def out_of_fold_scores(products, scores, checkpoints, name) -> np.ndarray:
    """Return scores of each product from a model that did not see it.

    Args:
        products: what to learn from; the fold is a function of `productid`.
        scores: from a mask of products to learn from and a mask to hold out to the latter's scores.
        checkpoints: each fold is kept there.
        name: shown beside the progress bar.
    """
    folds = np.array([fold_of(productid, FOLDS) for productid in products["productid"]])
    result: np.ndarray | None = None
    for fold in tqdm(np.unique(folds), desc=f"{name}, out-of-fold", unit="fold"):
        hold = folds == fold
        held = checkpoints.arrays(f"fold{fold}", lambda hold=hold: {"scores": scores(~hold, hold)})
        if result is None:
            result = np.empty((len(products), held["scores"].shape[1]), np.float32)
        result[hold] = held["scores"]
    return result
