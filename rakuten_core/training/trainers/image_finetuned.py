"""Fine-tuning of the last blocks of EfficientNet-Lite, feasible without a GPU.

The blocks that stay as they are (two thirds of the work) run once per photo and view, and what they
give is kept on disk; only the blocks after them and the head are trained, on those maps. The views
(whole photo, cropped, each also mirrored) stand in for augmentation.

With folds, the shipped network is the mean of the weights of the folds' networks, which all start
from the same ImageNet weights (Wortsman et al., Model soups, 2022): each product teaches all of
them but one, and nothing needs to be trained again on all products. With the validation split held
out, one network learns from the train split and answers it, and another, trained alike on both
splits, is the one that ships.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import pandas as pd
from keras import layers
from tqdm.auto import tqdm

from rakuten_core.data.catalog import fold_of
from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.files import read_json, replacing, sha256_of, write_json
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.inference.models.calibration import fit_temperature
from rakuten_core.inference.models.image_network import NETWORK_FILE, LinearHead
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.taxonomy import CODES
from rakuten_core.training.checkpoints import Checkpoints
from rakuten_core.training.context import Context, rows_of
from rakuten_core.training.feature_cache import FeatureCache, StoredFeatures
from rakuten_core.training.folds import (
    learning_products,
    test_products,
    training_products,
    validation_products,
)
from rakuten_core.training.lite_export import export_lite
from rakuten_core.training.pretrained.efficientnet_lite import imagenet_network
from rakuten_core.training.runner import Trained
from rakuten_core.training.trainers.image_linear import ImageLinearTrainer
from rakuten_core.training.trainers.text_measures import quantization_cost

_VIEWS = ((0.0, False), (0.2, True), (0.0, True), (0.2, False))
_PREPROCESSING = "efficientnet_lite"
# Photos from which the ranges of a quantized network's values are found.
_EXAMPLES = 300


class ImageFinetunedTrainer:
    """Trains `image_finetuned` and its variants.

    Args:
        backbone: a name of `efficientnet_lite.VARIANTS`.
        last_frozen: the blocks after this one (counted from 0) are trained.
        image_size: side of the photos in pixels.
        epochs: passes over the photos; each pass takes one of the four views of each photo.
        folds: how many, where they are held out.
        learning_rate: after one epoch of warm-up; it falls to 2 % of that along a cosine.
        dropout: share of the pooled features that is dropped while training.
        label_smoothing: share of the truth that is spread over all types.
        batch_size: photos per step.
        hold_out: what the scores that calibration and fusion learn from are of: `folds`, or
            `validation`.
        mixup: how much two photos' maps are mixed, as are their types; 0 for not at all (Zhang et
            al., mixup, 2018; on maps: Verma et al., Manifold mixup, 2019).
        network_weights: `float16`, or `int8` for a network that is quantized to 8 bits.
    """

    method_version = 1

    def __init__(
        self,
        backbone: str = "efficientnet_lite0",
        last_frozen: int = 11,
        image_size: int = 224,
        epochs: int = 8,
        folds: int = 3,
        learning_rate: float = 3e-4,
        dropout: float = 0.3,
        label_smoothing: float = 0.1,
        batch_size: int = 64,
        hold_out: Literal["folds", "validation"] = "folds",
        mixup: float = 0.0,
        network_weights: Literal["float16", "int8"] = "float16",
    ) -> None:
        self.backbone = backbone
        self.last_frozen = f"block{last_frozen}_project_bn"
        self.image_size = image_size
        self.epochs = epochs
        self.folds = folds
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.batch_size = batch_size
        self.hold_out = hold_out
        self.mixup = mixup
        self.network_weights = network_weights
        self.linear = ImageLinearTrainer(backbone, image_size)

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        parameters = {
            "backbone": self.backbone,
            "weights": "imagenet",
            "trained_after": self.last_frozen,
            "image_size": self.image_size,
            "crop": 0.0,
            "views": _VIEWS,
            "preprocessing": _PREPROCESSING,
            "epochs": self.epochs,
            "folds": self.folds,
            "learning_rate": self.learning_rate,
            "dropout": self.dropout,
            "label_smoothing": self.label_smoothing,
            "batch_size": self.batch_size,
            "network_weights": self.network_weights,
            "linear_C": self.linear.model.C,
        }
        if self.hold_out == "validation":
            del parameters["folds"]
            parameters |= {"learns_from": "train and validation", "mixup": self.mixup}
        return parameters

    def _views(self, context: Context, products: pd.DataFrame) -> list[StoredFeatures]:
        """Return what the frozen blocks make of each view of the photos."""
        # Named after where it ends: another cut is another network.
        name = f"{self.backbone}-to-{self.last_frozen}"
        path = context.work / "networks" / f"{name}-{self.image_size}.tflite"
        if not path.is_file():
            network = imagenet_network(self.backbone, self.image_size)
            front = keras.Model(network.inputs, network.get_layer(self.last_frozen).output)
            export_lite(front, path, weights="float16")
        cache, front = FeatureCache(context.work / "features"), LiteNetwork(path)
        return [
            cache.features(
                context.catalog.photos,
                products["photo"].tolist(),
                front,
                name,
                PREPROCESSING[_PREPROCESSING],
                crop,
                mirror,
                pool=False,
            )
            for crop, mirror in _VIEWS
        ]

    def _learning(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and their pooled ImageNet features."""
        products, features = self.linear.features(context)
        if self.hold_out == "validation":
            training_products(products, "a photo")
            validation_products(products, "a photo")
        learnable = (products["split"] != "test").to_numpy()
        return learning_products(products, "a photo"), features[learnable]

    def _checkpoints(self, context: Context) -> Checkpoints:
        return context.checkpoints("image_finetuned", self.method_version, self.parameters())

    def _parts(self, products: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return the masks of what each network learns from and of what it leaves out."""
        if self.hold_out == "validation":
            held = (products["split"] == "validation").to_numpy()
            return {"train": (~held, held)}
        folds = np.array([fold_of(each, self.folds) for each in products["productid"]])
        return {f"fold{fold}": (folds != fold, folds == fold) for fold in np.unique(folds)}

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return products and their scores, (products, 27), by networks that never saw them."""
        products, _ = self._learning(context)
        checkpoints = self._checkpoints(context)
        scores = np.full((len(products), len(CODES)), np.nan, np.float32)
        for name, (learn, hold) in self._parts(products).items():

            def answer(
                name: str = name, learn: np.ndarray = learn, hold: np.ndarray = hold
            ) -> dict[str, np.ndarray]:
                model, _ = self._fitted(context, name, learn)
                whole = self._views(context, products)[0]
                rows = np.flatnonzero(hold)
                parts = np.array_split(rows, max(1, len(rows) // 256))
                return {
                    "scores": np.concatenate([model(whole.rows(part)).numpy() for part in parts])
                }

            scores[hold] = checkpoints.arrays(f"held-out-{name}", answer)["scores"]
        held = ~np.isnan(scores).any(axis=1)
        return products[held], scores[held]

    def _fitted(
        self, context: Context, name: str, learn: np.ndarray
    ) -> tuple[keras.Model, list[dict[str, float]]]:
        """Return blocks and head that have learnt from some products, and each epoch's loss."""
        products, features = self._learning(context)
        codes = products["prdtypecode"].to_numpy()
        return self._fit(
            self._views(context, products),
            np.flatnonzero(learn),
            class_indices(codes),
            lambda: self.linear.fit(features[learn], codes[learn]),
            self._checkpoints(context).folder / f"{name}.keras",
            context.seed,
        )

    def _fit(
        self,
        views: list[StoredFeatures],
        rows: np.ndarray,
        labels: np.ndarray,
        first_head: Callable[[], LinearHead],
        checkpoint: Path,
        seed: int,
    ) -> tuple[keras.Model, list[dict[str, float]]]:
        """Return the trained blocks and head, and each epoch's loss; resumes by itself."""
        steps = -(-len(rows) // self.batch_size)
        if checkpoint.is_file():
            model = keras.saving.load_model(checkpoint, safe_mode=True)
        else:
            keras.utils.set_random_seed(seed)
            model = self._build(first_head(), steps)
        done = int(model.optimizer.iterations) // steps
        history_path = checkpoint.with_suffix(".json")
        history = read_json(history_path)[:done] if history_path.is_file() else []
        bar = tqdm(
            range(done, self.epochs),
            desc=checkpoint.stem,
            unit="epoch",
            initial=done,
            total=self.epochs,
        )
        targets = np.eye(len(CODES), dtype=np.float32)
        for epoch in bar:
            generator = np.random.default_rng((seed, epoch))
            # Dropout depends on the epoch too, so that a resumed run goes the same way.
            keras.utils.set_random_seed(seed + epoch)
            order = generator.permutation(rows)
            losses = []
            for step in tqdm(range(steps), desc="steps", leave=False, mininterval=5):
                batch = order[step * self.batch_size : (step + 1) * self.batch_size]
                view = generator.integers(0, len(views), len(batch))
                maps = np.empty((len(batch), *model.input_shape[1:]), np.float32)
                for number in np.unique(view):
                    maps[view == number] = views[number].rows(batch[view == number])
                truth = targets[labels[batch]]
                if self.mixup:
                    share = generator.beta(self.mixup, self.mixup)
                    other = generator.permutation(len(batch))
                    maps = share * maps + (1 - share) * maps[other]
                    truth = share * truth + (1 - share) * truth[other]
                losses.append(float(model.train_on_batch(maps, truth)))
            bar.set_postfix(loss=f"{np.mean(losses):.3f}")
            history.append({"loss": float(np.mean(losses))})
            write_json(history_path, history)
            with replacing(checkpoint) as temporary:
                model.save(temporary)
        return model, history

    def _build(self, head: LinearHead, steps: int) -> keras.Model:
        network = imagenet_network(self.backbone, self.image_size)
        start = network.get_layer(self.last_frozen).output
        back = keras.Model(start, network.output, name="back")
        for layer in back.layers:
            # Batches are small and ImageNet's statistics good: the norms stay as they are.
            if isinstance(layer, layers.BatchNormalization):
                layer.trainable = False
        inputs = keras.Input(start.shape[1:])
        pooled = layers.GlobalAveragePooling2D()(back(inputs))
        scores = layers.Dense(len(CODES), name="head")(layers.Dropout(self.dropout)(pooled))
        model = keras.Model(inputs, scores)
        # A type that the linear head has not seen starts low, but within reach of the gradient.
        intercepts = np.maximum(head.intercepts_, -10)
        model.get_layer("head").set_weights([head.coefficients_, intercepts])
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0,
            max(1, (self.epochs - 1) * steps),
            alpha=0.02,
            warmup_target=self.learning_rate,
            warmup_steps=steps,
        )
        model.compile(
            keras.optimizers.AdamW(schedule, weight_decay=0.02),
            keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=self.label_smoothing
            ),
        )
        return model

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        held, scores = self.held_out(context)
        products, _ = self._learning(context)
        if self.hold_out == "folds":
            learnt = {name: learn for name, (learn, _) in self._parts(products).items()}
        else:
            learnt = {"train-and-validation": np.ones(len(products), bool)}
        fitted = [self._fitted(context, name, learn) for name, learn in learnt.items()]
        model = fitted[0][0]
        model.set_weights(
            [
                np.mean(weights, axis=0)
                for weights in zip(*(m.get_weights() for m, _ in fitted), strict=True)
            ]
        )
        history = [
            {"loss": float(np.mean([epoch["loss"] for epoch in epochs]))}
            for epochs in zip(*(epochs for _, epochs in fitted), strict=False)
        ]
        head = LinearHead()
        head.coefficients_, head.intercepts_ = model.get_layer("head").get_weights()
        write_json(folder / "history.json", history)
        path = folder / NETWORK_FILE
        whole = self._whole_network(model.get_layer("back"))
        examples = self._examples(context) if self.network_weights == "int8" else None
        export_lite(whole, path, self.network_weights, examples)

        head.temperature_ = fit_temperature(scores, class_indices(held["prdtypecode"]))
        head.save(folder)
        # What is measured is what is shipped: the exported network on the whole photos.
        with_photo = context.readable("image")
        test = test_products(with_photo)
        measured = Trained(
            test=test,
            probabilities=head.predict_proba(self._features(context, path, test)),
            rows=rows_of(with_photo),
            facts={
                "parameter_count": model.count_params(),
                "temperature": head.temperature_,
            }
            | ({"final_weights": "mean of the folds' networks"} if len(fitted) > 1 else {}),
        )
        if self.network_weights == "int8":
            longer = self._checkpoints(context).folder / "float16.tflite"
            export_lite(whole, longer, "float16")
            measured.facts["quantization"] = quantization_cost(
                "weights and values in 8 bits instead of 16",
                measured,
                head.scores(self._features(context, longer, test)),
            )
        return measured

    def _features(self, context: Context, network: Path, products: pd.DataFrame) -> np.ndarray:
        """Return what an exported network makes of photos, pooled, (products, channels)."""
        stored = FeatureCache(context.work / "features").features(
            context.catalog.photos,
            products["photo"].tolist(),
            LiteNetwork(network),
            f"image_finetuned-{sha256_of(network)[:16]}",
            PREPROCESSING[_PREPROCESSING],
        )
        return stored.rows(np.arange(len(products)))

    def _examples(self, context: Context) -> Iterator[np.ndarray]:
        """Yield preprocessed photos that the network has learnt from, to find its ranges."""
        products = learning_products(context.readable("image"), "a photo")
        names = products["photo"].sample(min(_EXAMPLES, len(products)), random_state=context.seed)
        for name in names:
            square = to_square(decode_image(context.catalog.photos.read(name)), self.image_size)
            yield PREPROCESSING[_PREPROCESSING](square.astype(np.float32))

    def _whole_network(self, back: keras.Model) -> keras.Model:
        network = imagenet_network(self.backbone, self.image_size)
        for layer in back.layers:
            if layer.weights:
                network.get_layer(layer.name).set_weights(layer.get_weights())
        return network
