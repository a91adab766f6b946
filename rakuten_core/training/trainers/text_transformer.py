"""Fine-tuning of multilingual E5 on the products' texts, in stages.

The first stage learns from the train split. Where there are texts without a label, the network then
teaches itself: an ensemble labels them, and it goes on with both. What it answers to the validation
split then serves calibration and whatever is stacked on it; out-of-fold scores would cost a
training per fold. The last stage goes on with the validation split too and is the one that ships.
Of validation, only which pieces occur is known before.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from scipy.special import log_softmax
from tqdm.auto import tqdm

from rakuten_core.data.products import Products
from rakuten_core.data.teaching import Teaching, texts_of
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.metrics import class_indices, weighted_f1
from rakuten_core.files import write_json
from rakuten_core.inference.models.calibration import fit_temperature, to_probabilities
from rakuten_core.inference.models.image_network import LinearHead
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.inference.models.transformer import NETWORK_FILE, TextTransformer
from rakuten_core.language import N_, _
from rakuten_core.taxonomy import CODES
from rakuten_core.training.checkpoints import (
    Checkpoints,
    read_weights_and_history,
    weights_and_history,
)
from rakuten_core.training.context import Context
from rakuten_core.training.fitting import fast_dtype, fine_tune
from rakuten_core.training.folds import (
    learning_products,
    training_products,
    validation_products,
)
from rakuten_core.training.lite_export import export_lite
from rakuten_core.training.pretrained.encoder_network import single_text_network
from rakuten_core.training.pretrained.multilingual_e5 import read_encoder
from rakuten_core.training.runner import Trained
from rakuten_core.training.trainers.encoder_start import EncoderStart, pieces_of
from rakuten_core.training.trainers.text_batches import MULTIPLE, TextBatches, padded
from rakuten_core.training.trainers.text_convolutional import TextConvolutionalTrainer
from rakuten_core.training.trainers.text_linear import TextLinearTrainer
from rakuten_core.training.trainers.text_measures import measured_on_texts, quantization_cost

_WEIGHT_DECAY = 0.01
# The encoder knows this many positions of a text.
_POSITIONS = 512


class TextTransformerTrainer:
    """Trains `text_transformer`.

    Args:
        epochs: passes over the train split.
        self_training_epochs: passes over the train split and the products that only teach, if
            there are any without a label.
        final_epochs: passes over all of them and the validation split.
        depth: layers of the encoder that are used, from the first.
        length: pieces read of title and description together.
        learning_rate: at its highest; the stages after the first take two thirds and one third.
        dropout: share that is dropped while training.
        label_smoothing: share of the truth that is spread over all types.
        plain_share: of the texts that are shown in lower case without accents, anew each epoch.
        minimum_products: pieces of fewer products are unknown.
        batch_size: texts per step.
        head_C: inverse strength of the L2 penalty of the head that training starts with.
        teaching: products that only teach.
    """

    method_version = 2

    def __init__(
        self,
        epochs: int = 3,
        self_training_epochs: int = 2,
        final_epochs: int = 2,
        depth: int = 12,
        length: int = 128,
        learning_rate: float = 1.5e-4,
        dropout: float = 0.1,
        label_smoothing: float = 0.1,
        plain_share: float = 0.3,
        minimum_products: int = 2,
        batch_size: int = 32,
        head_C: float = 0.03,
        teaching: Teaching | None = None,
    ) -> None:
        if length % MULTIPLE or length > _POSITIONS:
            raise ModelError(
                _(
                    "The length must be a multiple of {multiple}, {most} at most. Received: "
                    "{length}."
                ).format(multiple=MULTIPLE, most=_POSITIONS, length=length)
            )
        self.epochs = epochs
        self.self_training_epochs = self_training_epochs
        self.final_epochs = final_epochs
        self.depth = depth
        self.length = length
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.plain_share = plain_share
        self.minimum_products = minimum_products
        self.batch_size = batch_size
        self.head_C = head_C
        self._teaching = teaching

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        own = {key: value for key, value in vars(self).items() if not key.startswith("_")}
        return own | {
            "weights": "multilingual-e5-small",
            "network_weights": "int8",
            "learns_from": "train, then validation too",
            "teaching": self._teaching.fingerprint if self._teaching else None,
            "colleagues": [
                {"method_version": trainer.method_version} | trainer.parameters()
                for trainer in self._colleagues()
            ],
        }

    def _colleagues(self) -> list[Any]:
        """Return the trainers of the models that label texts beside the network."""
        return [TextLinearTrainer(), TextConvolutionalTrainer()] if self._teaching else []

    def _checkpoints(self, context: Context) -> Checkpoints:
        return context.checkpoints("text_transformer", self.method_version, self.parameters())

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the validation products and their scores, (products, 27), by a network that has
        not seen them.
        """
        stage = "self-trained" if self._unlabelled() is not None else "train"
        validation = validation_products(context.readable("text"), "text")
        return validation, self._validation_scores(context, self._start(context), stage)

    def _validation_scores(self, context: Context, start: EncoderStart, stage: str) -> np.ndarray:
        validation = validation_products(context.readable("text"), "text")

        def answer() -> dict[str, np.ndarray]:
            texts = start.model.encode(context.answerable(validation))
            weights, _history = self._fitted(context, start, stage)
            return {"scores": _answers(start.exact(weights), texts)}

        return self._checkpoints(context).arrays(f"validation-{stage}", answer)["scores"]

    def _unlabelled(self) -> Products | None:
        """Return the products that only teach and have no label, if there are any."""
        table = self._teaching.unlabelled() if self._teaching else pd.DataFrame()
        return None if table.empty else texts_of(table)

    def _start(self, context: Context) -> EncoderStart:
        """Return what all stages have in common."""
        known = [context.answerable(learning_products(context.readable("text"), "text"))]
        if self._teaching:
            known.append(texts_of(self._teaching.table))
        encoder = read_encoder()
        kept = self._checkpoints(context).arrays(
            "pieces", lambda: {"kept": pieces_of(encoder, known, self.minimum_products)}
        )["kept"]
        return EncoderStart(encoder, kept, self.length, self.depth)

    def _material(
        self, context: Context, start: EncoderStart, stage: str
    ) -> tuple[Products, np.ndarray]:
        """Return what a stage learns from: texts and the shares of their types, (texts, 27)."""
        readable = context.readable("text")
        pick = learning_products if stage == "all" else training_products
        table = pick(readable, "text")
        parts = [(context.answerable(table), _shares(table))]
        if self._teaching and not (labelled := self._teaching.labelled()).empty:
            parts.append((texts_of(labelled), _shares(labelled)))
        unlabelled = self._unlabelled()
        if stage != "train" and unlabelled is not None:
            parts.append((unlabelled, self._soft_labels(context, start, unlabelled)))
        products = Products.of_texts(
            [title for each, _ in parts for title in each.titles],
            [description for each, _ in parts for description in each.descriptions],
        )
        return products, np.concatenate([shares for _, shares in parts])

    def _soft_labels(
        self, context: Context, start: EncoderStart, unlabelled: Products
    ) -> np.ndarray:
        """Return what an ensemble that learnt from the train split answers, float32 (texts, 27).

        Of validation it knows three temperatures, fitted there.

        The first stage's network, and a linear and a convolutional model as they are trained for
        the app: the geometric mean of their calibrated probabilities, the network's counted twice
        (Xie et al., Self-training with Noisy Student, 2020: soft labels, a noised student).
        """
        readable = context.readable("text")
        train, validation = (
            training_products(readable, "text"),
            validation_products(readable, "text"),
        )
        truth = class_indices(validation["prdtypecode"])

        def answer() -> dict[str, np.ndarray]:
            weights, _history = self._fitted(context, start, "train")
            network = start.exact(weights)
            scores = _answers(network, start.model.encode(unlabelled))
            held = self._validation_scores(context, start, "train")
            logs = 2 * log_softmax(scores / fit_temperature(held, truth), axis=1)
            for trainer in self._colleagues():
                model = trainer.learnt(context, train)
                held = model.scores(context.answerable(validation))
                scores = model.scores(unlabelled)
                logs += log_softmax(scores / fit_temperature(held, truth), axis=1)
            return {"shares": to_probabilities(logs / 4).astype(np.float32)}

        return self._checkpoints(context).arrays("soft-labels", answer)["shares"]

    def _fitted(
        self, context: Context, start: EncoderStart, stage: str
    ) -> tuple[list[np.ndarray], list[dict[str, float]]]:
        """Return a network's weights after a stage, and each epoch's loss; resumes by itself.

        Args:
            context: data, folders and seed.
            start: what all stages have in common.
            stage: `train` starts from the encoder, `self-trained` goes on from there, `all` from
                the stage before it.
        """
        checkpoints = self._checkpoints(context)
        before = "self-trained" if self._unlabelled() is not None else "train"
        epochs, share, earlier = {
            "train": (self.epochs, 1.0, None),
            "self-trained": (self.self_training_epochs, 2 / 3, "train"),
            "all": (self.final_epochs, 1 / 3, before),
        }[stage]

        def fit() -> dict[str, np.ndarray]:
            products, shares = self._material(context, start, stage)
            keras.utils.set_random_seed(context.seed)
            network = start.network(self.dropout, fast_dtype())
            if earlier is None:
                network.get_layer("scores").set_weights(
                    self._first_head(checkpoints, network, start.model, products, shares)
                )
            else:
                network.set_weights(self._fitted(context, start, earlier)[0])
            history = fine_tune(
                network,
                TextBatches(
                    start.model, products, shares, self.batch_size, self.plain_share, context.seed
                ),
                epochs,
                self.learning_rate * share,
                _WEIGHT_DECAY,
                self.label_smoothing,
                checkpoints.folder / stage,
                f"text_transformer, {stage}",
            )
            return weights_and_history(network, history)

        trained = checkpoints.arrays(f"trained-{stage}", fit)
        shutil.rmtree(checkpoints.folder / stage, ignore_errors=True)
        return read_weights_and_history(trained)

    def _first_head(
        self,
        checkpoints: Checkpoints,
        network: keras.Model,
        model: TextTransformer,
        products: Products,
        shares: np.ndarray,
    ) -> list[np.ndarray]:
        """Return a head that has learnt from the encoder as it comes.

        A head that knows nothing would send its noise through the encoder first (Kumar et al.,
        Fine-Tuning can Distort Pretrained Features, 2022).
        """

        def fit() -> dict[str, np.ndarray]:
            features = keras.Model(network.input, network.get_layer("features").output)
            head = LinearHead(C=self.head_C)
            codes = np.array(CODES)[shares.argmax(axis=1)]
            head.fit(_answers(features, model.encode(products)), codes)
            # A type without products starts low, but within reach of the gradient.
            intercepts = np.maximum(head.intercepts_, -10)
            return {"coefficients": head.coefficients_, "intercepts": intercepts}

        head = checkpoints.arrays("first-head", fit)
        return [head["coefficients"], head["intercepts"]]

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        validation, scores = self.held_out(context)
        start = self._start(context)
        taught = () if self._unlabelled() is None else ("self-trained",)
        stages = ("train", *taught, "all")
        history = [epoch for stage in stages for epoch in self._fitted(context, start, stage)[1]]
        weights, _history = self._fitted(context, start, "all")
        write_json(folder / "history.json", history)
        exact = start.exact(weights)
        path = folder / NETWORK_FILE
        export_lite(single_text_network(start.encoder, exact), path, weights="int8")
        vectors, positions = exact.get_layer("pieces").get_weights()
        model = start.model
        model.set_weights(
            vectors, positions, LiteNetwork(path), exact.get_layer("scores").get_weights()
        )
        model.temperature_ = fit_temperature(scores, class_indices(validation["prdtypecode"]))
        model.save(folder)
        # What is measured is what is shipped, rounded weights included.
        model = TextTransformer.load(folder)
        measured = measured_on_texts(
            context,
            model,
            {
                "vocabulary": len(model.pieces),
                "parameter_count": exact.count_params(),
                "temperature": model.temperature_,
                "validation": self._on_validation(context, start, stages[:-1]),
            }
            | self._taught(context, start),
        )
        measured.facts["quantization"] = quantization_cost(
            N_("weights in 8 bits instead of 32"),
            measured,
            _answers(exact, model.encode(context.answerable(measured.test))),
        )
        return measured

    def _on_validation(
        self, context: Context, start: EncoderStart, stages: Sequence[str]
    ) -> dict[str, Any]:
        """Return rows and weighted F1 after each stage that has not seen the validation split."""
        codes = validation_products(context.readable("text"), "text")["prdtypecode"].to_numpy()
        scores = {stage: self._validation_scores(context, start, stage) for stage in stages}
        return {"rows": len(codes)} | {
            f"weighted_f1_{stage}": weighted_f1(codes, each) for stage, each in scores.items()
        }

    def _taught(self, context: Context, start: EncoderStart) -> dict[str, Any]:
        """Return how many products only taught, and how sure and how balanced their labels are."""
        if self._teaching is None:
            return {}
        facts: dict[str, Any] = {"labelled": len(self._teaching.labelled()), "unlabelled": 0}
        unlabelled = self._unlabelled()
        if unlabelled is not None:
            shares = self._soft_labels(context, start, unlabelled)
            facts |= {
                "unlabelled": len(unlabelled),
                "mean_confidence": float(shares.max(axis=1).mean()),
                "share_of_types": dict(
                    zip(map(str, CODES), shares.mean(axis=0).round(4).tolist(), strict=True)
                ),
            }
        return {"teaching": facts}


def _shares(table: pd.DataFrame) -> np.ndarray:
    """Return one for each product's type and zero for the others, float32 (products, 27)."""
    return np.eye(len(CODES), dtype=np.float32)[class_indices(table["prdtypecode"])]


def _answers(network: keras.Model, texts: Sequence[Sequence[int]]) -> np.ndarray:
    """Return what a network makes of texts, float32 (texts, values)."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    result = np.empty((len(texts), network.output_shape[-1]), np.float32)
    run = tf.function(network, reduce_retracing=True)
    batches = np.array_split(order, -(-len(order) // 64))
    for rows in tqdm(batches, desc="texts", unit="batch", mininterval=5):
        result[rows] = run(padded([texts[row] for row in rows]))
    return result
