"""Fine-tuning of multilingual E5 on the products' texts.

One network learns from the train split; the validation split serves its calibration and whatever is
stacked on it. Out-of-fold scores would cost a training per fold. Of validation, only which pieces
occur is known beforehand.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm.auto import tqdm
from tqdm.keras import TqdmCallback

from rakuten_core.errors import ModelError
from rakuten_core.evaluation import label_positions, weighted_f1
from rakuten_core.files import write_json
from rakuten_core.models.encoder_network import single_text_network, text_network
from rakuten_core.models.export import export_lite
from rakuten_core.models.linear_head import LinearHead
from rakuten_core.models.lite_network import LiteNetwork
from rakuten_core.models.multilingual_e5 import PretrainedEncoder, read_encoder
from rakuten_core.models.probabilities import fit_temperature
from rakuten_core.models.text_linear import normalise
from rakuten_core.models.text_transformer import (
    NETWORK_FILE,
    SPECIAL,
    TextTransformer,
    tokenizer,
)
from rakuten_core.study.checkpoints import Checkpoints
from rakuten_core.study.folds import (
    learning_products,
    training_products,
    validation_products,
)
from rakuten_core.study.training import Context, Trained, fields_of, measured_on_texts
from rakuten_core.taxonomy import CODES
from rakuten_core.text.markup import plain_text

_NEVER_A_PIECE_OF_TEXT = -100.0
_WARM_UP = 0.06
# Texts are padded to multiples of this: fewer shapes to lay out.
_MULTIPLE = 8
# The encoder knows this many places of a text.
_PLACES = 512


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
        head_C: inverse strength of the regularisation of the head that training starts with.
    """

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
        if length % _MULTIPLE or length > _PLACES:
            raise ModelError(
                f"The length must be a multiple of {_MULTIPLE} up to {_PLACES}. Received: {length}."
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
            "learns_from": "train",
        }

    def _checkpoints(self, context: Context) -> Checkpoints:
        return context.checkpoints("text_transformer", self.parameters())

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the validation products and the shipped model's scores, (products, 27).

        Raises:
            ModelError: the model was trained on other data, or no product fell into validation.
        """
        products = validation_products(context.readable("text"), "text")

        asset = context.trained("text_transformer")
        return products, TextTransformer.load(asset.folder).scores(*fields_of(products))

    def _vocabulary(self, encoder: PretrainedEncoder, products: pd.DataFrame) -> np.ndarray:
        """Return the places in the encoder of the pieces that enough products hold."""
        cut = tokenizer(encoder.pieces, encoder.scores, encoder.special["unknown"])
        counts: Counter[int] = Counter()
        for title, description in zip(*fields_of(products), strict=True):
            texts = [
                form(text) for text in (title, description) for form in (plain_text, normalise)
            ]
            counts.update({id for each in cut.encode_batch_fast(texts) for id in each.ids})
        special = [encoder.special[name.strip("<>")] for name in SPECIAL]
        enough = (place for place, count in counts.items() if count >= self.minimum_products)
        return np.array([*special, *sorted(set(enough) - set(special))])

    def _network(
        self, context: Context, encoder: PretrainedEncoder, kept: np.ndarray, model: TextTransformer
    ) -> tuple[keras.Model, list[dict[str, float]]]:
        """Return the trained network and each epoch's loss; resumes by itself."""
        products = training_products(context.readable("text"), "text")
        batches = _Batches(model, products, self.batch_size, self.plain_share, context.seed)
        keras.utils.set_random_seed(context.seed)
        network = text_network(
            encoder, kept, self.length, self.depth, len(CODES), self.dropout, _fast_dtype()
        )
        network.get_layer("scores").set_weights(self._first_head(context, network, model, products))
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
        held_out = _Batches(
            model,
            validation_products(context.readable("text"), "text"),
            2 * self.batch_size,
            0.0,
            context.seed,
        )
        checkpoints = self._checkpoints(context)
        checkpoints.folder.mkdir(parents=True, exist_ok=True)
        log, backup = checkpoints.folder / "history.csv", checkpoints.folder / "backup"

        def fit() -> dict[str, np.ndarray]:
            callbacks = [
                keras.callbacks.LambdaCallback(
                    on_epoch_begin=lambda epoch, _: batches.shuffle(epoch)
                ),
                keras.callbacks.CSVLogger(log, append=True),
                # Last, so that an epoch that is kept is in the log.
                keras.callbacks.BackupAndRestore(
                    backup, double_checkpoint=True, delete_checkpoint=False
                ),
                TqdmCallback(verbose=1, desc="text_transformer", mininterval=5),
            ]
            network.fit(
                batches.dataset(),
                epochs=self.epochs,
                validation_data=held_out.dataset(),
                shuffle=False,
                verbose=0,
                callbacks=callbacks,
            )
            # An epoch that was interrupted between the log and the backup is there twice.
            history = pd.read_csv(log).drop_duplicates("epoch", keep="last").drop(columns="epoch")
            return {
                "history": np.array(history.to_json(orient="records")),
                **{str(number): values for number, values in enumerate(network.get_weights())},
            }

        trained = checkpoints.arrays("trained", fit)
        shutil.rmtree(backup, ignore_errors=True)
        history = json.loads(str(trained.pop("history")))
        network.set_weights([trained[str(number)] for number in range(len(trained))])
        return network, history

    def _first_head(
        self,
        context: Context,
        network: keras.Model,
        model: TextTransformer,
        products: pd.DataFrame,
    ) -> list[np.ndarray]:
        """Return a head that has learnt from the encoder as it comes.

        A head that knows nothing would send its noise through the encoder first (Kumar et al.,
        Fine-Tuning can Distort Pretrained Features, 2022).
        """

        def fit() -> dict[str, np.ndarray]:
            features = keras.Model(network.inputs, network.get_layer("features").output)
            head = LinearHead(C=self.head_C)
            texts = model.encode(*fields_of(products))
            head.fit(_answers(features, texts), products["prdtypecode"].to_numpy())
            # A type without products starts low, but within reach of the gradient.
            intercepts = np.maximum(head.intercepts_, -10)
            return {"coefficients": head.coefficients_, "intercepts": intercepts}

        head = self._checkpoints(context).arrays("first-head", fit)
        return [head["coefficients"], head["intercepts"]]

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        readable = context.readable("text")
        training_and_validation = learning_products(readable, "text")
        validation = validation_products(readable, "text")
        encoder = read_encoder()
        kept = self._vocabulary(encoder, training_and_validation)
        model = TextTransformer(
            [*SPECIAL, *(encoder.pieces[place] for place in kept[len(SPECIAL) :])],
            [
                *[_NEVER_A_PIECE_OF_TEXT] * len(SPECIAL),
                *encoder.scores[kept[len(SPECIAL) :]],
            ],
            self.length,
        )
        network, history = self._network(context, encoder, kept, model)
        write_json(folder / "history.json", history)
        path = folder / NETWORK_FILE
        export_lite(single_text_network(encoder, network), path, weights="int8")
        vectors, places = network.get_layer("pieces").get_weights()
        head = network.get_layer("scores").get_weights()
        model.set_weights(vectors, places, LiteNetwork(path), head)
        codes = validation["prdtypecode"].to_numpy()
        scores = model.scores(*fields_of(validation))
        model.temperature_ = fit_temperature(scores, label_positions(codes))
        model.save(folder)
        # What is measured is what is shipped, rounded weights included.
        model = TextTransformer.load(folder)
        exact = text_network(encoder, kept, self.length, self.depth, len(CODES), 0.0, "float32")
        exact.set_weights(network.get_weights())
        before_rounding = _answers(exact, model.encode(*fields_of(validation)))
        return measured_on_texts(
            context,
            model,
            {
                "vocabulary": len(model.pieces),
                "parameter_count": network.count_params(),
                "temperature": model.temperature_,
                "rounding": {
                    "what": "weights in 8 bits instead of 32",
                    "rows": len(validation),
                    "weighted_f1_before": weighted_f1(codes, before_rounding),
                    "weighted_f1_after": weighted_f1(codes, scores),
                },
            },
        )


class _Batches:
    """Texts of like length together, in an order of its own for each epoch."""

    def __init__(
        self,
        model: TextTransformer,
        products: pd.DataFrame,
        batch_size: int,
        plain_share: float,
        seed: int,
    ) -> None:
        titles, descriptions = fields_of(products)
        self._written = model.encode(titles, descriptions)
        self._plain = model.encode(
            [normalise(text) for text in titles], [normalise(text) for text in descriptions]
        )
        self._targets = np.eye(len(CODES), dtype=np.float32)[
            label_positions(products["prdtypecode"])
        ]
        self._batch_size, self._plain_share, self._seed = batch_size, plain_share, seed
        self.shuffle(0)

    def shuffle(self, epoch: int) -> None:
        """Draw the order and the forms of the texts for an epoch."""
        generator = np.random.default_rng((self._seed, epoch))
        plain = generator.random(len(self._written)) < self._plain_share
        pairs = zip(self._written, self._plain, plain, strict=True)
        self._texts = [second if chosen else first for first, second, chosen in pairs]
        lengths = np.array([len(text) for text in self._texts])
        order = np.lexsort((generator.random(len(lengths)), lengths // _MULTIPLE))
        starts = range(0, len(order), self._batch_size)
        batches = [order[start : start + self._batch_size] for start in starts]
        self._rows = [batches[place] for place in generator.permutation(len(batches))]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for rows in self._rows:
            yield _padded([self._texts[row] for row in rows]), self._targets[rows]

    def dataset(self) -> tf.data.Dataset:
        """Return the batches as TensorFlow takes them, in the order of the time of asking."""
        signature = (
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((None, len(CODES)), tf.float32),
        )
        made = tf.data.Dataset.from_generator(lambda: iter(self), output_signature=signature)
        return made.apply(tf.data.experimental.assert_cardinality(len(self)))


def _padded(texts: Sequence[Sequence[int]]) -> np.ndarray:
    longest = max(len(text) for text in texts)
    ids = np.zeros((len(texts), -(-longest // _MULTIPLE) * _MULTIPLE), np.int32)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    return ids


def _answers(network: keras.Model, texts: Sequence[Sequence[int]]) -> np.ndarray:
    """Return what a network makes of texts, float32 (texts, values)."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    result = np.empty((len(texts), network.output_shape[-1]), np.float32)
    run = tf.function(network, reduce_retracing=True)
    batches = np.array_split(order, -(-len(order) // 64))
    for rows in tqdm(batches, desc="texts", unit="batch", mininterval=5):
        result[rows] = run(_padded([texts[row] for row in rows]))
    return result


def _fast_dtype() -> str:
    """Return the policy that this machine computes fast: short floats where it knows them."""
    processor = Path("/proc/cpuinfo")
    flags = processor.read_text() if processor.is_file() else ""
    short = tf.config.list_physical_devices("GPU") or "avx512_bf16" in flags or "amx_bf16" in flags
    return "mixed_bfloat16" if short else "float32"
