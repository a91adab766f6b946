"""Fine-tuning of the last blocks of a pre-trained image network, feasible without a GPU.

The blocks that stay as they are run once per photo and view, and what they give is kept on disk;
only the blocks after them and the head are trained, on those maps. The views (whole photo, cropped,
each also mirrored) stand in for augmentation.

Two networks are trained alike. One learns from the train split, and what it answers to the
validation split serves calibration and whatever is stacked on it. The other learns from both splits
and is the one that ships.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers

from rakuten_core import registry
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.metrics import class_indices, weighted_f1
from rakuten_core.files import parts_of, write_json
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.inference.models.calibration import fit_temperature, to_probabilities
from rakuten_core.inference.models.image_network import PACKED_FILE, LinearHead
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.language import N_, _
from rakuten_core.taxonomy import CODES
from rakuten_core.training.checkpoints import (
    Checkpoints,
    read_weights_and_history,
    weights_and_history,
)
from rakuten_core.training.context import Context, rows_of
from rakuten_core.training.feature_cache import FeatureCache, StoredFeatures
from rakuten_core.training.fitting import fine_tune, first_head
from rakuten_core.training.folds import (
    learning_products,
    test_products,
    training_products,
    validation_products,
)
from rakuten_core.training.lite_export import export_lite
from rakuten_core.training.pretrained.efficientnet_lite import VARIANTS
from rakuten_core.training.pretrained.partly_frozen import (
    PartlyFrozen,
    PartlyFrozenEfficientNet,
)
from rakuten_core.training.runner import Trained, make_trainer
from rakuten_core.training.trainers.map_batches import MapBatches, answers
from rakuten_core.training.trainers.text_measures import quantization_cost

# Photos from which the ranges of a quantized network's values are found.
_EXAMPLES = 300
ALL, TRAIN = "train-and-validation", "train"


class ImageFinetunedTrainer:
    """Trains a fine-tuned image network.

    Args:
        backbone: a name of `efficientnet_lite.VARIANTS`.
        image_size: side of the photos in pixels.
        trained_blocks: how many of the last blocks are trained.
        epochs: passes over the photos; each pass takes one of the views of each photo.
        views: share that is cut from the borders, and whether left and right are swapped; the
            whole photo first.
        learning_rate: at its highest.
        weight_decay: per step, times the learning rate.
        dropout: share of the pooled features that is dropped while training.
        label_smoothing: share of the truth that is spread over all types.
        batch_size: photos per step.
        mixup: how much two photos are mixed; see `MapBatches`.
        head_C: inverse strength of the L2 penalty of the head that training starts with.
        teacher_share: share of the truth that the model in `needs` gives, instead of the label
            (Hinton et al., Distilling the Knowledge in a Neural Network, 2015).
        needs: the teacher's name, if there is one; another `ImageFinetunedTrainer` trains it.
    """

    method_version = 2
    checkpoint_name = "image_finetuned"
    preprocessing = "efficientnet_lite"
    layer_decay = 1.0

    def __init__(
        self,
        backbone: str = "efficientnet_lite2",
        image_size: int = 260,
        trained_blocks: int = 9,
        epochs: int = 10,
        views: Sequence[tuple[float, bool]] = (
            (0.0, False),
            (0.2, True),
            (0.0, True),
            (0.2, False),
        ),
        learning_rate: float = 3e-4,
        weight_decay: float = 0.02,
        dropout: float = 0.3,
        label_smoothing: float = 0.1,
        batch_size: int = 64,
        mixup: float = 0.2,
        head_C: float = 0.003,
        teacher_share: float = 0.0,
        needs: Sequence[str] = (),
    ) -> None:
        self.backbone = backbone
        self.image_size = image_size
        self.trained_blocks = trained_blocks
        self.epochs = epochs
        self.views = tuple(views)
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.batch_size = batch_size
        self.mixup = mixup
        self.head_C = head_C
        self.teacher_share = teacher_share
        self.teacher = needs[0] if needs else None

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return vars(self) | {
            "preprocessing": self.preprocessing,
            "crop": 0.0,
            "network_weights": "int8",
            "learns_from": "train and validation",
        }

    def _parts(self, context: Context) -> PartlyFrozen:
        """Return the network in two parts."""
        last_frozen = VARIANTS[self.backbone].blocks - 1 - self.trained_blocks
        return PartlyFrozenEfficientNet(self.backbone, self.image_size, last_frozen)

    def _checkpoints(self, context: Context) -> Checkpoints:
        teacher = self._teacher(context)
        taught = [] if teacher is None else [teacher.method_version, teacher.parameters()]
        return context.checkpoints(
            self.checkpoint_name, self.method_version, self.parameters(), *taught
        )

    def _teacher(self, context: Context) -> Any:
        if self.teacher is None:
            return None
        return make_trainer(registry.entry(self.teacher), context.options)

    def _learning(self, context: Context) -> pd.DataFrame:
        """Return the products of train and validation with a photo."""
        products = context.readable("image")
        training_products(products, "a photo")
        validation_products(products, "a photo")
        return learning_products(products, "a photo")

    def _views(
        self, context: Context, products: pd.DataFrame, count: int | None = None
    ) -> list[StoredFeatures]:
        """Return what the frozen blocks make of each view of the photos, or of the first ones."""
        parts = self._parts(context)
        name = parts.front_name()
        path = context.work / "networks" / f"{name}-{self.image_size}.tflite"
        if not parts_of(path):
            export_lite(parts.front(), path, parts.front_weights)
        cache, front = FeatureCache(context.work / "features"), LiteNetwork(path)
        return [
            cache.features(
                context.catalog.photos,
                products["photo"].tolist(),
                front,
                f"{name}-{front.digest[:16]}",
                PREPROCESSING[self.preprocessing],
                crop,
                mirror,
                pool=False,
            )
            for crop, mirror in self.views[:count]
        ]

    def _network(self, context: Context) -> keras.Model:
        """Return a new network to train, from the front's maps to scores.

        Its layer `features` gives what its layer `head` is a linear function of.
        """
        back = self._parts(context).back()
        inputs = keras.Input(back.input_shape[1:])
        pooled = layers.GlobalAveragePooling2D(name="features")(back(inputs))
        scores = layers.Dense(len(CODES), name="head")(layers.Dropout(self.dropout)(pooled))
        return keras.Model(inputs, scores)

    def _fitted(self, context: Context, name: str) -> tuple[keras.Model, list[dict[str, float]]]:
        """Return a trained network and each epoch's measures; resumes by itself.

        Args:
            context: data, folders and seed.
            name: `train` to learn from the train split only, `train-and-validation` from both.
        """
        checkpoints = self._checkpoints(context)
        products = self._learning(context)
        learn = (products["split"] == "train").to_numpy() | (name == ALL)

        def fit() -> dict[str, np.ndarray]:
            views = self._views(context, products)
            keras.utils.set_random_seed(context.seed)
            network = self._network(context)
            rows = np.flatnonzero(learn)
            before = self._begin(context, name, network, views[0], products, rows)
            targets = self._targets(context, products, name)
            epochs, learning_rate = self._pace(name)
            history = fine_tune(
                network,
                self._batches(context, views, rows, targets),
                epochs,
                learning_rate,
                self.weight_decay,
                self.label_smoothing,
                checkpoints.folder / name,
                f"{self.backbone}, {name}",
                self.layer_decay,
            )
            return weights_and_history(network, before + history)

        trained = checkpoints.arrays(f"trained-{name}", fit)
        shutil.rmtree(checkpoints.folder / name, ignore_errors=True)
        weights, history = read_weights_and_history(trained)
        network = self._network(context)
        network.set_weights(weights)
        return network, history

    def _begin(
        self,
        context: Context,
        name: str,
        network: keras.Model,
        maps: StoredFeatures,
        products: pd.DataFrame,
        rows: np.ndarray,
    ) -> list[dict[str, float]]:
        """Set the weights that a network starts from; return the measures of earlier epochs."""
        head = self._checkpoints(context).arrays(
            f"first-head-{name}", lambda: self._first_head(network, maps, products, rows)
        )
        network.get_layer("head").set_weights([head["coefficients"], head["intercepts"]])
        return []

    def _pace(self, name: str) -> tuple[int, float]:
        """Return epochs and highest learning rate of one of the two networks."""
        return self.epochs, self.learning_rate

    def _batches(
        self,
        context: Context,
        views: Sequence[StoredFeatures],
        rows: np.ndarray,
        targets: np.ndarray,
    ) -> MapBatches:
        """Return what a network learns from."""
        return MapBatches(views, rows, targets, self.batch_size, self.mixup, context.seed)

    def _first_head(
        self,
        network: keras.Model,
        maps: StoredFeatures,
        products: pd.DataFrame,
        rows: np.ndarray,
    ) -> dict[str, np.ndarray]:
        """Return a head that has learnt from the network as it comes; see `fitting.first_head`."""
        features = keras.Model(network.input, network.get_layer("features").output)
        codes = products["prdtypecode"].to_numpy()[rows]
        return first_head(answers(features, maps, rows), codes, self.head_C)

    def _targets(self, context: Context, products: pd.DataFrame, name: str) -> np.ndarray:
        """Return the shares of each product's types, float32 (products, 27)."""
        truth = np.eye(len(CODES), dtype=np.float32)[class_indices(products["prdtypecode"])]
        teacher = self._teacher(context)
        if teacher is None:
            return truth
        taught = teacher.soft_labels(context, name)
        if len(taught) != len(truth):
            raise ModelError(_("The teacher has learnt from other photos."))
        return (1 - self.teacher_share) * truth + self.teacher_share * taught.astype(np.float32)

    def soft_labels(self, context: Context, name: str) -> np.ndarray:
        """Return what a trained network answers to the whole photos it may have learnt from.

        Args:
            context: data, folders and seed.
            name: see `_fitted`; `train` has not seen the validation split.

        Returns:
            Calibrated probabilities, (products of train and validation, 27).
        """
        products = self._learning(context)

        def answer() -> dict[str, np.ndarray]:
            network, _history = self._fitted(context, name)
            (maps,) = self._views(context, products, 1)
            return {"scores": answers(network, maps, np.arange(len(products)))}

        scores = self._checkpoints(context).arrays(f"soft-labels-{name}", answer)["scores"]
        held, held_scores = self.held_out(context)
        temperature = fit_temperature(held_scores, class_indices(held["prdtypecode"]))
        return to_probabilities(scores, temperature)

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the validation products and their scores by the first network, (products, 27)."""
        products = self._learning(context)
        rows = np.flatnonzero(products["split"] == "validation")

        def answer() -> dict[str, np.ndarray]:
            network, _history = self._fitted(context, TRAIN)
            (maps,) = self._views(context, products, 1)
            return {"scores": answers(network, maps, rows)}

        return products.iloc[rows], self._checkpoints(context).arrays("held-out", answer)["scores"]

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        held, held_scores = self.held_out(context)
        network, history = self._fitted(context, ALL)
        write_json(folder / "history.json", history)
        (back,) = (layer for layer in network.layers if isinstance(layer, keras.Model))
        whole = self._parts(context).whole(back)
        path = folder / PACKED_FILE
        self._export(context, whole, path)

        head = LinearHead()
        head.coefficients_, head.intercepts_ = network.get_layer("head").get_weights()
        head.temperature_ = fit_temperature(held_scores, class_indices(held["prdtypecode"]))
        head.save(folder)
        # What is measured is what is shipped: the exported network on the whole photos.
        with_photo = context.readable("image")
        test = test_products(with_photo)
        measured = Trained(
            test=test,
            probabilities=head.predict_proba(self._features(context, path, test)),
            rows=rows_of(with_photo),
            facts={
                "parameter_count": whole.count_params() + head.coefficients_.size + len(CODES),
                "temperature": head.temperature_,
                "validation": {
                    "rows": len(held),
                    "weighted_f1": weighted_f1(held["prdtypecode"].to_numpy(), held_scores),
                },
            },
        )
        what, scores = self._before_quantization(context, network, whole, head, test)
        measured.facts["quantization"] = quantization_cost(what, measured, scores)
        return measured

    def _export(self, context: Context, whole: keras.Model, path: Path) -> None:
        """Write the network as it ships."""
        export_lite(whole, path, "int8", self._examples(context))

    def _before_quantization(
        self,
        context: Context,
        network: keras.Model,
        whole: keras.Model,
        head: LinearHead,
        products: pd.DataFrame,
    ) -> tuple[str, np.ndarray]:
        """Return what is quantized, and the scores without, (products, 27)."""
        longer = self._checkpoints(context).folder / "float16.tflite"
        export_lite(whole, longer, "float16")
        scores = head.scores(self._features(context, longer, products))
        return N_("weights and values in 8 bits instead of 16"), scores

    def _features(self, context: Context, network: Path, products: pd.DataFrame) -> np.ndarray:
        """Return what an exported network makes of photos, pooled, (products, channels)."""
        loaded = LiteNetwork(network)
        stored = FeatureCache(context.work / "features").features(
            context.catalog.photos,
            products["photo"].tolist(),
            loaded,
            f"{self.checkpoint_name}-{loaded.digest[:16]}",
            PREPROCESSING[self.preprocessing],
        )
        return stored.rows(np.arange(len(products)))

    def _examples(self, context: Context) -> Iterator[np.ndarray]:
        """Yield preprocessed photos that the network has learnt from, to find its ranges."""
        products = learning_products(context.readable("image"), "a photo")
        names = products["photo"].sample(min(_EXAMPLES, len(products)), random_state=context.seed)
        for name in names:
            square = to_square(decode_image(context.catalog.photos.read(name)), self.image_size)
            yield PREPROCESSING[self.preprocessing](square.astype(np.float32))
