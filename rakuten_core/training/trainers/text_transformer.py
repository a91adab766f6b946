"""Fine-tuning of multilingual E5 on the products' texts.

Two networks are trained alike. One learns from the train split, and what it answers to the
validation split serves calibration and whatever is stacked on it; out-of-fold scores would cost a
training per fold. The other learns from both splits and is the one that ships. Of validation, only
which pieces occur is known to the first.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm.auto import tqdm
from tqdm.keras import TqdmCallback

from rakuten_core.data.products import Products
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.files import write_json
from rakuten_core.inference.models.calibration import fit_temperature
from rakuten_core.inference.models.image_network import LinearHead
from rakuten_core.inference.models.linear import normalise
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.inference.models.transformer import (
    NETWORK_FILE,
    SPECIAL,
    TextTransformer,
    tokenizer,
)
from rakuten_core.taxonomy import CODES
from rakuten_core.text.markup import plain_text
from rakuten_core.training.checkpoints import Checkpoints
from rakuten_core.training.context import Context
from rakuten_core.training.folds import (
    learning_products,
    training_products,
    validation_products,
)
from rakuten_core.training.lite_export import export_lite
from rakuten_core.training.pretrained.encoder_network import single_text_network, text_network
from rakuten_core.training.pretrained.multilingual_e5 import PretrainedEncoder, read_encoder
from rakuten_core.training.runner import Trained
from rakuten_core.training.trainers.text_batches import MULTIPLE, TextBatches, padded
from rakuten_core.training.trainers.text_measures import measured_on_texts, quantization_cost

_NEVER_A_PIECE_OF_TEXT = -100.0
_WARM_UP = 0.06
# The encoder knows this many positions of a text.
_POSITIONS = 512


class TextTransformerTrainer:
    """Trains `text_transformer`.

    Args:
        epochs: passes over the products.
        depth: layers of the encoder that are used, from the first.
        length: pieces read of title and description together.
        learning_rate: after the warm-up; it falls to 2 % of that along a cosine.
        dropout: share that is dropped while training.
        label_smoothing: share of the truth that is spread over all types.
        plain_share: of the texts that are shown in lower case without accents, anew each epoch.
        minimum_products: pieces of fewer products are unknown.
        batch_size: texts per step.
        head_C: inverse strength of the L2 penalty of the head that training starts with.
    """

    method_version = 1

    def __init__(
        self,
        epochs: int = 4,
        depth: int = 12,
        length: int = 96,
        learning_rate: float = 1.5e-4,
        dropout: float = 0.1,
        label_smoothing: float = 0.1,
        plain_share: float = 0.3,
        minimum_products: int = 2,
        batch_size: int = 32,
        head_C: float = 0.03,
    ) -> None:
        if length % MULTIPLE or length > _POSITIONS:
            raise ModelError(
                f"The length must be a multiple of {MULTIPLE}, {_POSITIONS} at most. "
                f"Received: {length}."
            )
        self.epochs = epochs
        self.depth = depth
        self.length = length
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.plain_share = plain_share
        self.minimum_products = minimum_products
        self.batch_size = batch_size
        self.head_C = head_C

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return dict(vars(self)) | {
            "weights": "multilingual-e5-small",
            "network_weights": "int8",
            "learns_from": "train and validation",
        }

    def _checkpoints(self, context: Context) -> Checkpoints:
        return context.checkpoints("text_transformer", self.method_version, self.parameters())

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the validation products and the scores of the first network, (products, 27)."""
        readable = context.readable("text")
        train = training_products(readable, "text")
        validation = validation_products(readable, "text")

        def answer() -> dict[str, np.ndarray]:
            start = self._start(context)
            weights, _ = self._fitted(context, start, train, "train")
            texts = start.model.encode(context.answerable(validation))
            return {"scores": _answers(self._exact(start, weights), texts)}

        return validation, self._checkpoints(context).arrays("held-out", answer)["scores"]

    def _start(self, context: Context) -> _Start:
        """Return what both networks start from."""
        encoder = read_encoder()
        products = learning_products(context.readable("text"), "text")
        kept = self._checkpoints(context).arrays(
            "pieces", lambda: {"kept": self._vocabulary(encoder, context.answerable(products))}
        )["kept"]
        model = TextTransformer(
            [*SPECIAL, *(encoder.pieces[piece] for piece in kept[len(SPECIAL) :])],
            [
                *[_NEVER_A_PIECE_OF_TEXT] * len(SPECIAL),
                *encoder.scores[kept[len(SPECIAL) :]],
            ],
            self.length,
        )
        return _Start(encoder, kept, model)

    def _exact(self, start: _Start, weights: list[np.ndarray]) -> keras.Model:
        """Return the network in 32-bit floats, without dropout."""
        network = text_network(
            start.encoder, start.kept, self.length, self.depth, len(CODES), 0.0, "float32"
        )
        network.set_weights(weights)
        return network

    def _vocabulary(self, encoder: PretrainedEncoder, products: Products) -> np.ndarray:
        """Return the ids in the encoder of the pieces that enough products hold."""
        tokenize = tokenizer(encoder.pieces, encoder.scores, encoder.special["unknown"])
        counts: Counter[int] = Counter()
        for title, description in zip(products.titles, products.descriptions, strict=True):
            texts = [
                form(text) for text in (title, description) for form in (plain_text, normalise)
            ]
            counts.update({id for each in tokenize.encode_batch_fast(texts) for id in each.ids})
        special = [encoder.special[name.strip("<>")] for name in SPECIAL]
        enough = (piece for piece, count in counts.items() if count >= self.minimum_products)
        return np.array([*special, *sorted(set(enough) - set(special))])

    def _fitted(
        self, context: Context, start: _Start, products: pd.DataFrame, name: str
    ) -> tuple[list[np.ndarray], list[dict[str, float]]]:
        """Return what has been learnt from products, and each epoch's loss; resumes by itself."""
        checkpoints = self._checkpoints(context)
        answerable = context.answerable(products)
        codes = products["prdtypecode"].to_numpy()

        def fit() -> dict[str, np.ndarray]:
            keras.utils.set_random_seed(context.seed)
            network = text_network(
                start.encoder,
                start.kept,
                self.length,
                self.depth,
                len(CODES),
                self.dropout,
                _fast_dtype(),
            )
            network.get_layer("scores").set_weights(
                self._first_head(checkpoints, name, network, start.model, answerable, codes)
            )
            batches = TextBatches(
                start.model, answerable, codes, self.batch_size, self.plain_share, context.seed
            )
            history = self._learn(network, batches, checkpoints.folder / name)
            return {
                "history": np.array(history.to_json(orient="records")),
                **{str(number): values for number, values in enumerate(network.get_weights())},
            }

        trained = checkpoints.arrays(f"trained-{name}", fit)
        shutil.rmtree(checkpoints.folder / name, ignore_errors=True)
        history = json.loads(str(trained.pop("history")))
        return [trained[str(number)] for number in range(len(trained))], history

    def _learn(self, network: keras.Model, batches: TextBatches, folder: Path) -> pd.DataFrame:
        """Train a network in place and return each epoch's loss; resumes from a folder."""
        steps = len(batches) * self.epochs
        warm_up = max(1, int(_WARM_UP * steps))
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0,
            max(1, steps - warm_up),
            alpha=0.02,
            warmup_target=self.learning_rate,
            warmup_steps=warm_up,
        )
        network.compile(
            keras.optimizers.AdamW(schedule, weight_decay=0.01, global_clipnorm=1.0),
            keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=self.label_smoothing
            ),
            # Compiling would start anew for each length of text.
            jit_compile=False,
            metrics=["accuracy"],
        )
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / "history.csv"
        network.fit(
            batches.dataset(),
            epochs=self.epochs,
            shuffle=False,
            verbose=0,
            callbacks=[
                keras.callbacks.LambdaCallback(
                    on_epoch_begin=lambda epoch, _: batches.shuffle(epoch)
                ),
                keras.callbacks.CSVLogger(log, append=True),
                # Last, so that an epoch that is kept is in the log.
                keras.callbacks.BackupAndRestore(
                    folder / "backup", double_checkpoint=True, delete_checkpoint=False
                ),
                TqdmCallback(verbose=1, desc=f"text_transformer, {folder.name}", mininterval=5),
            ],
        )
        # An epoch that was interrupted between the log and the backup is there twice.
        return pd.read_csv(log).drop_duplicates("epoch", keep="last")[["loss", "accuracy"]]

    def _first_head(
        self,
        checkpoints: Checkpoints,
        name: str,
        network: keras.Model,
        model: TextTransformer,
        products: Products,
        codes: np.ndarray,
    ) -> list[np.ndarray]:
        """Return a head that has learnt from the encoder as it comes.

        A head that knows nothing would send its noise through the encoder first (Kumar et al.,
        Fine-Tuning can Distort Pretrained Features, 2022).
        """

        def fit() -> dict[str, np.ndarray]:
            features = keras.Model(network.inputs, network.get_layer("features").output)
            head = LinearHead(C=self.head_C)
            head.fit(_answers(features, model.encode(products)), codes)
            # A type without products starts low, but within reach of the gradient.
            intercepts = np.maximum(head.intercepts_, -10)
            return {"coefficients": head.coefficients_, "intercepts": intercepts}

        head = checkpoints.arrays(f"first-head-{name}", fit)
        return [head["coefficients"], head["intercepts"]]

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        validation, scores = self.held_out(context)
        start = self._start(context)
        products = learning_products(context.readable("text"), "text")
        weights, history = self._fitted(context, start, products, "train-and-validation")
        write_json(folder / "history.json", history)
        exact = self._exact(start, weights)
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
            },
        )
        measured.facts["quantization"] = quantization_cost(
            "weights in 8 bits instead of 32",
            measured,
            _answers(exact, model.encode(context.answerable(measured.test))),
        )
        return measured


@dataclass(frozen=True)
class _Start:
    """What both networks have in common.

    Attributes:
        encoder: as it comes.
        kept: ids in the encoder of the pieces that are used.
        model: tokenizes texts into these pieces; its weights are not there yet.
    """

    encoder: PretrainedEncoder
    kept: np.ndarray
    model: TextTransformer


def _answers(network: keras.Model, texts: Sequence[Sequence[int]]) -> np.ndarray:
    """Return what a network makes of texts, float32 (texts, values)."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    result = np.empty((len(texts), network.output_shape[-1]), np.float32)
    run = tf.function(network, reduce_retracing=True)
    batches = np.array_split(order, -(-len(order) // 64))
    for rows in tqdm(batches, desc="texts", unit="batch", mininterval=5):
        result[rows] = run(padded([texts[row] for row in rows]))
    return result


def _fast_dtype() -> str:
    """Return the policy that this machine computes fast: short floats where it knows them."""
    processor = Path("/proc/cpuinfo")
    flags = processor.read_text() if processor.is_file() else ""
    short = tf.config.list_physical_devices("GPU") or "avx512_bf16" in flags or "amx_bf16" in flags
    return "mixed_bfloat16" if short else "float32"
