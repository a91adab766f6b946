"""Fine-tuning of CLIP's whole image tower on the products' photos, out of fold first.

For each fold of train and validation a network learns from the others; what it answers to its own
fold serves calibration and whatever is stacked on it. The one that ships learns from all of them.
A GPU does it in minutes; two cores would take days.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers
from PIL import Image
from tqdm.auto import tqdm

from rakuten_core.evaluation.metrics import class_indices, weighted_f1
from rakuten_core.files import key_of, write_json
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.inference.models.calibration import fit_temperature
from rakuten_core.inference.models.image_network import PACKED_FILE, LinearHead
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.language import N_
from rakuten_core.taxonomy import CODES
from rakuten_core.training.checkpoints import (
    Checkpoints,
    read_weights_and_history,
    weights_and_history,
)
from rakuten_core.training.context import Context, rows_of
from rakuten_core.training.feature_cache import FeatureCache
from rakuten_core.training.fitting import fast_dtype, fine_tune, first_head
from rakuten_core.training.folds import learning_products, out_of_fold_scores, test_products
from rakuten_core.training.pretrained.clip_vision import patch_tower, read_tower
from rakuten_core.training.pretrained.weight_rounding import round_tower
from rakuten_core.training.runner import Trained
from rakuten_core.training.trainers.cut_out_batches import CutOutBatches
from rakuten_core.training.trainers.text_measures import quantization_cost

_WEIGHT_DECAY = 0.02
# Cut-outs are taken from photos of this many times their side.
_MARGIN = 8 / 7
# Photos whose tokens say which rounding errors matter.
_EXAMPLES = 64
_FITTED = "trained-all"
# Photos that are answered at once.
_TOGETHER = 64
# What the features of the tower as it comes do not depend on.
_OF_TRAINING = (
    *("epochs", "learning_rate", "layer_decay", "label_smoothing", "batch_size", "mixup"),
    "folds",
)


class ImageTowerTrainer:
    """Trains `image_clip`: a linear head on the mean of the tower's patches, and the tower.

    Args:
        image_size: side of the photos in pixels.
        depth: layers of the tower, from the first.
        epochs: passes over the photos.
        learning_rate: of the head, at its highest.
        layer_decay: see `fitting.fine_tune`; the first layers hold what all photos share.
        label_smoothing: share of the truth that is spread over all types.
        batch_size: photos per step.
        mixup: how much two photos are mixed; see `CutOutBatches`.
        head_C: inverse strength of the L2 penalty of the head that training starts with.
        levels: values above zero of each output's weights, as shipped; 15 for five bits.
        folds: for the out-of-fold scores.
    """

    method_version = 1
    wants_gpu = True
    """Without a GPU, it is trained only where it is asked for by name."""

    def __init__(
        self,
        image_size: int = 224,
        depth: int = 12,
        epochs: int = 6,
        learning_rate: float = 1e-4,
        layer_decay: float = 0.75,
        label_smoothing: float = 0.1,
        batch_size: int = 64,
        mixup: float = 0.2,
        head_C: float = 0.003,
        levels: int = 15,
        folds: int = 5,
    ) -> None:
        self.image_size = image_size
        self.depth = depth
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.layer_decay = layer_decay
        self.label_smoothing = label_smoothing
        self.batch_size = batch_size
        self.mixup = mixup
        self.head_C = head_C
        self.levels = levels
        self.folds = folds
        self._read: np.ndarray | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        own = {key: value for key, value in vars(self).items() if not key.startswith("_")}
        return own | {
            "weights": "clip_vit_b16",
            "preprocessing": "clip",
            "crop": 0.0,
            "network_weights": "int8",
            "learns_from": "train and validation",
        }

    def learn(self, context: Context) -> None:
        """Do all that takes long and keep it in the work folder: every network's training.

        Several processes with one work folder share it among them.
        """
        if not self._checkpoints(context, "folds").busy(_FITTED):
            self._fitted(context)
        self.held_out(context)
        self._fitted(context)

    def _checkpoints(self, context: Context, *but: str) -> Checkpoints:
        # How the weights are rounded in the end is nothing to any of them.
        left_out = ("levels", *but)
        learnt = {key: value for key, value in self.parameters().items() if key not in left_out}
        return context.checkpoints("image_tower", self.method_version, learnt)

    def _learning(self, context: Context) -> pd.DataFrame:
        return learning_products(context.readable("image"), "a photo")

    def _photos(self, context: Context, products: pd.DataFrame, size: int) -> np.ndarray:
        """Return square photos, uint8 (products, size, size, 3)."""

        def square(name: str) -> np.ndarray:
            return to_square(decode_image(context.catalog.photos.read(name)), size)

        with ThreadPoolExecutor() as pool:
            squares = pool.map(square, products["photo"])
            return np.stack(list(tqdm(squares, "photos", len(products), mininterval=1)))

    def _network(self, dtype: str) -> keras.Model:
        """Return a new network to train, from preprocessed photos to scores."""
        tower = patch_tower(read_tower(), self.image_size, self.depth, dtype)
        pooled = layers.GlobalAveragePooling2D(name="features", dtype="float32")(tower.output)
        return keras.Model(tower.input, layers.Dense(len(CODES), name="head")(pooled))

    def _taught(
        self, context: Context, learn: np.ndarray, name: str
    ) -> tuple[keras.Model, list[dict[str, float]]]:
        """Return a network that has learnt from some photos, and each epoch's measures.

        Args:
            context: data, folders and seed.
            learn: which of the products to learn from, bool (products,).
            name: of the part that this is.
        """
        photos = self._large(context)[learn]
        codes = self._learning(context)["prdtypecode"].to_numpy()[learn]
        keras.utils.set_random_seed(context.seed)
        network = self._network(fast_dtype())
        network.get_layer("head").set_weights(self._first_head(context, learn))
        targets = np.eye(len(CODES), dtype=np.float32)[class_indices(codes)]
        folder = self._checkpoints(context).folder / name
        history = fine_tune(
            network,
            CutOutBatches(
                photos,
                targets,
                self.image_size,
                PREPROCESSING["clip"],
                self.batch_size,
                self.mixup,
                context.seed,
            ),
            self.epochs,
            self.learning_rate,
            _WEIGHT_DECAY,
            self.label_smoothing,
            folder,
            f"image_clip, {name}",
            self.layer_decay,
        )
        shutil.rmtree(folder, ignore_errors=True)
        return network, history

    def _answers(self, network: keras.Model, photos: np.ndarray) -> np.ndarray:
        """Return what a network makes of whole photos, float32 (photos, values)."""
        found = []

        def shown(first: int) -> np.ndarray:
            # Always as many: no shape is laid out twice.
            filled = np.zeros((_TOGETHER, self.image_size, self.image_size, 3), np.float32)
            for row, photo in enumerate(photos[first : first + _TOGETHER]):
                square = to_square(Image.fromarray(photo), self.image_size)
                filled[row] = PREPROCESSING["clip"](square.astype(np.float32))
            return filled

        with ThreadPoolExecutor() as pool:
            batches = pool.map(shown, range(0, len(photos), _TOGETHER))
            for batch in tqdm(batches, "answers", -(-len(photos) // _TOGETHER), mininterval=1):
                found.append(np.asarray(network.predict_on_batch(batch), np.float32))
        return np.concatenate(found)[: len(photos)]

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products of train and validation and their out-of-fold scores, (products, 27).

        Raises:
            ModelError: there are too few photos to learn from.
        """
        products = self._learning(context)

        def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
            network, _history = self._taught(context, learn, f"fold-{key_of(learn.tolist())}")
            return self._answers(network, self._large(context)[hold])

        return products, out_of_fold_scores(
            products, scores, self._checkpoints(context), "image_clip", self.folds
        )

    def _large(self, context: Context) -> np.ndarray:
        """Return the photos to learn from, with a margin for cut-outs; they are read once."""
        if self._read is None:
            size = round(self.image_size * _MARGIN)
            self._read = self._photos(context, self._learning(context), size)
        return self._read

    def _first_head(self, context: Context, learn: np.ndarray) -> list[np.ndarray]:
        """Return a head that has learnt from the tower as it comes; see `fitting.first_head`."""

        def fit() -> dict[str, np.ndarray]:
            codes = self._learning(context)["prdtypecode"].to_numpy()[learn]
            return first_head(self._first_features(context)[learn], codes, self.head_C)

        checkpoints = self._checkpoints(context, *_OF_TRAINING)
        head = checkpoints.arrays(f"head-{key_of(learn.tolist())}", fit)
        return [head["coefficients"], head["intercepts"]]

    def _first_features(self, context: Context) -> np.ndarray:
        """Return what the tower makes of these photos as it comes, (products, dimensions)."""

        def answer() -> dict[str, np.ndarray]:
            network = self._network(fast_dtype())
            features = keras.Model(network.input, network.get_layer("features").output)
            return {"features": self._answers(features, self._large(context))}

        return self._checkpoints(context, *_OF_TRAINING).arrays("features", answer)["features"]

    def _fitted(self, context: Context) -> tuple[list[np.ndarray], list[dict[str, float]]]:
        """Return the weights of the network that ships, and each epoch's measures."""

        def fit() -> dict[str, np.ndarray]:
            everything = np.ones(len(self._learning(context)), bool)
            return weights_and_history(*self._taught(context, everything, "all"))

        checkpoints = self._checkpoints(context, "folds")
        return read_weights_and_history(checkpoints.arrays(_FITTED, fit))

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        # It needs TensorFlow, which a machine that only learns may not have.
        from rakuten_core.training.lite_export import export_lite

        learning, scores = self.held_out(context)
        weights, history = self._fitted(context)
        write_json(folder / "history.json", history)
        exact = self._network("float32")
        exact.set_weights(weights)
        with_photo = context.readable("image")
        test = test_products(with_photo)
        before = self._answers(exact, self._photos(context, test, self.image_size))

        head = LinearHead()
        head.coefficients_, head.intercepts_ = exact.get_layer("head").get_weights()
        head.temperature_ = fit_temperature(scores, class_indices(learning["prdtypecode"]))
        head.save(folder)
        tower = keras.Model(exact.input, exact.get_layer("places").output)
        drawn = learning.sample(min(_EXAMPLES, len(learning)), random_state=context.seed)
        photos = self._photos(context, drawn, self.image_size).astype(np.float32)
        round_tower(tower, PREPROCESSING["clip"](photos).astype(np.float32), self.levels)
        path = folder / PACKED_FILE
        export_lite(tower, path, "int8")
        # What is measured is what is shipped: the exported network on the whole photos.
        measured = Trained(
            test=test,
            probabilities=head.predict_proba(self._features(context, path, test)),
            rows=rows_of(with_photo),
            facts={
                "parameter_count": exact.count_params(),
                "temperature": head.temperature_,
                "out_of_fold": {
                    "rows": len(learning),
                    "weighted_f1": weighted_f1(learning["prdtypecode"].to_numpy(), scores),
                },
            },
        )
        measured.facts["quantization"] = quantization_cost(
            N_("weights in five bits instead of 32"), measured, before
        )
        return measured

    def _features(self, context: Context, network: Path, products: pd.DataFrame) -> np.ndarray:
        """Return what the exported network makes of photos, pooled, (products, channels)."""
        loaded = LiteNetwork(network)
        stored = FeatureCache(context.work / "features").features(
            context.catalog.photos,
            products["photo"].tolist(),
            loaded,
            f"image_clip-{loaded.digest[:16]}",
            PREPROCESSING["clip"],
        )
        return stored.rows(np.arange(len(products)))
