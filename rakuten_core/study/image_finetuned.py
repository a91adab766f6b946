"""Fine-tuning of the last blocks of EfficientNet-Lite, feasible without a GPU.

The blocks that stay as they are (two thirds of the work) run once per photo and view, and what they
give is kept on disk; only the blocks after them and the head are trained, on those maps. The views
(whole photo, cropped, each also mirrored) stand in for augmentation.

The shipped network is the mean of the weights of the folds' networks, which all start from the same
ImageNet weights (Wortsman et al., Model soups, 2022): each product teaches all of them but one, and
nothing needs to be trained again on all products.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers
from tqdm.auto import tqdm

from rakuten_core.catalog import fold_of
from rakuten_core.evaluation import label_positions
from rakuten_core.files import read_json, replacing, sha256_of, write_json
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.models.efficientnet_lite import imagenet_network
from rakuten_core.models.export import export_lite
from rakuten_core.models.features import FeatureCache, StoredFeatures
from rakuten_core.models.image_linear import NETWORK_FILE, ImageLinear
from rakuten_core.models.lite_network import LiteNetwork
from rakuten_core.models.probabilities import fit_temperature
from rakuten_core.study.checkpoints import Checkpoints
from rakuten_core.study.folds import learning_products, out_of_fold_scores, test_products
from rakuten_core.study.image_linear import ImageLinearTrainer, photo_latency
from rakuten_core.study.training import Context, Trained, rows_of
from rakuten_core.taxonomy import CODES

_VIEWS = ((0.0, False), (0.2, True), (0.0, True), (0.2, False))
_PREPROCESSING = "efficientnet_lite"


class ImageFinetunedTrainer:
    """Trains `image_finetuned` and its larger sister.

    Args:
        backbone: a name of `efficientnet_lite.VARIANTS`.
        last_frozen: the blocks after this one (counted from 0) are trained.
        image_size: side of the photos in pixels.
        epochs: passes over the photos; each pass takes one of the four views of each photo.
        folds: for the out-of-fold scores that calibration and fusion learn from.
        learning_rate: after one epoch of warm-up; it falls to 2 % of that along a cosine.
        dropout: share of the pooled features that is dropped while training.
        label_smoothing: share of the truth that is spread over all types.
        batch_size: photos per step.
    """

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
        self.linear = ImageLinearTrainer(backbone, image_size)

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return {
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
            "network_weights": "float16",
            "linear_C": self.linear.model.C,
        }

    def _views(self, context: Context, products: pd.DataFrame) -> list[StoredFeatures]:
        """Return what the frozen blocks make of each view of the photos."""
        # Named after where it ends: another cut is another network.
        name = f"{self.backbone}-to-{self.last_frozen}"
        path = context.work / "networks" / f"{name}-{self.image_size}.tflite"
        if not path.is_file():
            network = imagenet_network(self.backbone, self.image_size)
            front = keras.Model(network.inputs, network.get_layer(self.last_frozen).output)
            export_lite(front, path, float16=True)
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
        learnable = (products["split"] != "test").to_numpy()
        return learning_products(products, "a photo"), features[learnable]

    def _checkpoints(self, context: Context) -> Checkpoints:
        return context.checkpoints("image_finetuned", self.parameters())

    def out_of_fold(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and their out-of-fold scores, (products, 27)."""
        products, features = self._learning(context)
        views = self._views(context, products)

        def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
            model, _ = self._fit_fold(context, products, features, views, learn, hold)
            rows = np.flatnonzero(hold)
            parts = np.array_split(rows, max(1, len(rows) // 256))
            answers = [model(views[0].rows(part), training=False) for part in parts]
            return np.concatenate([np.asarray(answer) for answer in answers])

        checkpoints = self._checkpoints(context)
        return products, out_of_fold_scores(
            products, scores, checkpoints, "image_finetuned", self.folds
        )

    def _fit_fold(
        self,
        context: Context,
        products: pd.DataFrame,
        features: np.ndarray,
        views: list[StoredFeatures],
        learn: np.ndarray,
        hold: np.ndarray,
    ) -> tuple[keras.Model, list[dict[str, float]]]:
        """Return the model of one fold and its history; a finished one is read back."""
        codes = products["prdtypecode"].to_numpy()
        fold = fold_of(products["productid"].iloc[np.flatnonzero(hold)[0]], self.folds)
        return self._fit(
            views,
            np.flatnonzero(learn),
            label_positions(codes),
            lambda: self.linear.fit(features[learn], codes[learn]),
            self._checkpoints(context).folder / f"fold{fold}.keras",
            context.seed,
        )

    def _fit(
        self,
        views: list[StoredFeatures],
        rows: np.ndarray,
        labels: np.ndarray,
        first_head: Callable[[], ImageLinear],
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
                losses.append(float(model.train_on_batch(maps, targets[labels[batch]])))
            bar.set_postfix(loss=f"{np.mean(losses):.3f}")
            history.append({"loss": float(np.mean(losses))})
            write_json(history_path, history)
            with replacing(checkpoint) as temporary:
                model.save(temporary)
        return model, history

    def _build(self, head: ImageLinear, steps: int) -> keras.Model:
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
        products, scores = self.out_of_fold(context)
        features = self._learning(context)[1]
        views = self._views(context, products)
        labels = label_positions(products["prdtypecode"])
        folds = np.array([fold_of(productid, self.folds) for productid in products["productid"]])
        fitted = [
            self._fit_fold(context, products, features, views, folds != fold, folds == fold)
            for fold in np.unique(folds)
        ]
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
        head = ImageLinear()
        head.coefficients_, head.intercepts_ = model.get_layer("head").get_weights()
        head.temperature_ = fit_temperature(scores, labels)
        head.save(folder)
        write_json(folder / "history.json", history)
        path = folder / NETWORK_FILE
        export_lite(self._whole_network(model.get_layer("back")), path, float16=True)

        # What is measured is what is shipped: the exported network on the whole photos.
        with_photo = context.readable("image")
        test = test_products(with_photo)
        stored = FeatureCache(context.work / "features").features(
            context.catalog.photos,
            test["photo"].tolist(),
            LiteNetwork(path),
            f"image_finetuned-{sha256_of(path)[:16]}",
            PREPROCESSING[_PREPROCESSING],
        )
        return Trained(
            test=test,
            probabilities=head.predict_proba(stored.rows(np.arange(len(test)))),
            has_image=np.ones(len(test), bool),
            rows=rows_of(with_photo),
            facts={
                "final_weights": "mean of the folds' networks",
                "parameter_count": model.count_params(),
                "temperature": head.temperature_,
                "milliseconds_per_product": photo_latency(
                    context, test, LiteNetwork(path), head, _PREPROCESSING, 0.0
                ),
            },
        )

    def _whole_network(self, back: keras.Model) -> keras.Model:
        network = imagenet_network(self.backbone, self.image_size)
        for layer in back.layers:
            if layer.weights:
                network.get_layer(layer.name).set_weights(layer.get_weights())
        return network
