"""Fine-tuning of multilingual E5 on the products' texts: teachers out of fold, then one student.

A network for each fold of the train split learns from the other folds. What they answer, with other
text models beside them, are soft labels of all texts, those without a label included; the student
learns from these and from the labels (Xie et al., Self-training with Noisy Student, 2020). What it
answers to the validation split serves calibration; with the teachers' answers, whatever is stacked
on it learns from train and validation. The last stage goes on with the validation split too and is
the one that ships. Of validation, only which pieces occur is known before.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from rakuten_core.data.products import Products
from rakuten_core.data.teaching import Teaching
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.metrics import class_indices, weighted_f1
from rakuten_core.files import write_json
from rakuten_core.inference.models.calibration import fit_temperature
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
from rakuten_core.training.fitting import fast_dtype, fine_tune, first_head
from rakuten_core.training.pretrained.encoder_network import single_text_network
from rakuten_core.training.pretrained.multilingual_e5 import read_encoder
from rakuten_core.training.runner import Trained
from rakuten_core.training.trainers.encoder_start import EncoderStart, pieces_of
from rakuten_core.training.trainers.text_batches import MULTIPLE, TextBatches
from rakuten_core.training.trainers.text_material import TextMaterial, one_hot, together
from rakuten_core.training.trainers.text_measures import measured_on_texts, quantization_cost
from rakuten_core.training.trainers.text_teachers import (
    FoldAnswers,
    answers_of_colleagues,
    answers_of_folds,
    colleagues,
    soft_labels,
)

_WEIGHT_DECAY = 0.01
# The encoder knows this many positions of a text.
_POSITIONS = 512


class TextTransformerTrainer:
    """Trains `text_transformer`.

    Args:
        epochs: passes of each teacher over its folds of the train split.
        student_epochs: passes of the student over the train split and the products that only teach.
        final_epochs: passes over all of them and the validation split, at a third of the rate.
        folds: of the train split; each has a teacher that does not learn from it.
        teacher_share: share of the truth that the teachers give, instead of the label.
        depth: layers of the encoder that are used, from the first.
        length: pieces read of title and description together.
        learning_rate: at its highest.
        dropout: share that is dropped while training.
        label_smoothing: share of the truth that is spread over all types.
        plain_share: of the texts that are shown in lower case without accents, anew each epoch.
        minimum_products: pieces of fewer products are unknown.
        batch_size: texts per step.
        head_C: inverse strength of the L2 penalty of the head that training starts with.
        teaching: products that only teach.
    """

    method_version = 3

    def __init__(
        self,
        epochs: int = 3,
        student_epochs: int = 5,
        final_epochs: int = 2,
        folds: int = 5,
        teacher_share: float = 0.5,
        depth: int = 12,
        length: int = 128,
        learning_rate: float = 2e-4,
        dropout: float = 0.1,
        label_smoothing: float = 0.1,
        plain_share: float = 0.3,
        minimum_products: int = 2,
        batch_size: int = 64,
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
        self.student_epochs = student_epochs
        self.final_epochs = final_epochs
        self.folds = folds
        self.teacher_share = teacher_share
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
                for trainer in colleagues().values()
            ],
        }

    def _checkpoints(self, context: Context) -> Checkpoints:
        return context.checkpoints("text_transformer", self.method_version, self.parameters())

    def _texts(self, context: Context) -> TextMaterial:
        return TextMaterial(context, self._teaching)

    def learn(self, context: Context) -> None:
        """Do all that takes long and keep it in the work folder: every network's training.

        Several processes with one work folder share the folds among them.
        """
        self.held_out(context)
        self._fitted(context, self._start(context), "all")

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products of train and validation and their held-out scores, (products, 27).

        The teachers answer train, the student validation; the teachers' scores are scaled so that
        one temperature fits both.
        """
        parts = [self._texts(context).train, self._texts(context).validation]
        taught = self._fold_answers(context, self._start(context)).held
        asked = self._student_scores(context)
        of_taught, of_asked = (
            fit_temperature(scores, class_indices(part["prdtypecode"]))
            for scores, part in zip((taught, asked), parts, strict=True)
        )
        scores = np.concatenate([taught * (of_asked / of_taught), asked]).astype(np.float32)
        return pd.concat(parts), scores

    def _student_scores(self, context: Context) -> np.ndarray:
        """Return the student's scores of the validation products, (products, 27)."""
        start, texts = self._start(context), self._texts(context)

        def answer() -> dict[str, np.ndarray]:
            weights, _history = self._fitted(context, start, "student")
            return {"scores": start.answers(start.exact(weights), texts.of(texts.validation))}

        return self._checkpoints(context).arrays("validation", answer)["scores"]

    def _start(self, context: Context) -> EncoderStart:
        """Return what all stages have in common."""
        encoder = read_encoder()

        def count() -> dict[str, np.ndarray]:
            known = [self._texts(context).everything]
            return {"kept": pieces_of(encoder, known, self.minimum_products)}

        kept = self._checkpoints(context).arrays("pieces", count)["kept"]
        return EncoderStart(encoder, kept, self.length, self.depth)

    def _fold_answers(self, context: Context, start: EncoderStart) -> FoldAnswers:
        """Return what the teachers answer; each learns from the other folds of train."""
        texts = self._texts(context)

        def learnt(fold: int, learn: np.ndarray) -> Callable[[Products], np.ndarray]:
            table = texts.train[learn]
            material = texts.with_labelled(table, one_hot(table))
            rows = np.concatenate([learn, np.ones(len(texts.labelled), bool)])
            network, _history = self._fit(context, start, material, f"fold{fold}", rows=rows)
            exact = start.exact(network.get_weights())
            return partial(start.answers, exact)

        return answers_of_folds(
            context,
            texts.train,
            texts.others,
            learnt,
            self._checkpoints(context),
            "text_transformer",
            self.folds,
        )

    def _soft_labels(
        self, context: Context, start: EncoderStart
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what the teachers and their colleagues make of train, validation and of the texts
        without a label, each float32 (texts, 27); the teachers' word counts twice.
        """
        texts = self._texts(context)
        answers = [
            self._fold_answers(context, start),
            *answers_of_colleagues(context, texts, self.folds),
        ]
        weights = 2, *[1] * (len(answers) - 1)
        taught, asked = soft_labels(answers, weights, texts.train["prdtypecode"].to_numpy())
        count = len(texts.validation)
        return taught, asked[:count], asked[count:]

    def _material(
        self, context: Context, start: EncoderStart, stage: str
    ) -> tuple[Products, np.ndarray]:
        """Return what the student learns from: texts and shares of their types, (texts, 27)."""
        texts = self._texts(context)
        taught, asked, unlabelled = self._soft_labels(context, start)
        table, soft = texts.train, taught
        if stage == "all":
            table = pd.concat([table, texts.validation])
            soft = np.concatenate([taught, asked])
        mixed = (1 - self.teacher_share) * one_hot(table) + self.teacher_share * soft
        products, shares = texts.with_labelled(table, mixed)
        return together([products, texts.unlabelled]), np.concatenate([shares, unlabelled])

    def _fitted(
        self, context: Context, start: EncoderStart, stage: str
    ) -> tuple[list[np.ndarray], list[dict[str, float]]]:
        """Return the student's weights after a stage, and each epoch's loss up to there.

        Args:
            context, start: what all stages have in common.
            stage: `student` starts from the encoder without validation, `all` goes on from there.
        """

        def fit() -> dict[str, np.ndarray]:
            material = self._material(context, start, stage)
            if stage == "student":
                return weights_and_history(*self._fit(context, start, material, stage))
            earlier, before = self._fitted(context, start, "student")
            network, history = self._fit(context, start, material, stage, earlier)
            return weights_and_history(network, before + history)

        return read_weights_and_history(self._checkpoints(context).arrays(f"trained-{stage}", fit))

    def _fit(
        self,
        context: Context,
        start: EncoderStart,
        material: tuple[Products, np.ndarray],
        stage: str,
        earlier: Sequence[np.ndarray] | None = None,
        rows: np.ndarray | None = None,
    ) -> tuple[keras.Model, list[dict[str, float]]]:
        """Return a trained network and each epoch's loss.

        Args:
            context, start: what all stages have in common.
            material: texts and the shares of their types.
            stage: what it is.
            earlier: weights to go on from; without, the network starts from the encoder.
            rows: of train and labelled texts, bool, which its head starts from (all).
        """
        products, shares = material
        epochs, share = {
            "all": (self.final_epochs, 1 / 3),
            "student": (self.student_epochs, 1.0),
        }.get(stage, (self.epochs, 1.0))
        keras.utils.set_random_seed(context.seed)
        network = start.network(self.dropout, fast_dtype())
        if earlier is None:
            network.get_layer("scores").set_weights(self._first_head(context, start, stage, rows))
        else:
            network.set_weights(list(earlier))
        folder = self._checkpoints(context).folder / stage
        history = fine_tune(
            network,
            TextBatches(
                start.model, products, shares, self.batch_size, self.plain_share, context.seed
            ),
            epochs,
            self.learning_rate * share,
            _WEIGHT_DECAY,
            self.label_smoothing,
            folder,
            f"text_transformer, {stage}",
        )
        shutil.rmtree(folder, ignore_errors=True)
        return network, history

    def _first_head(
        self, context: Context, start: EncoderStart, stage: str, rows: np.ndarray | None
    ) -> list[np.ndarray]:
        """Return a head that has learnt from the encoder as it comes; see `fitting.first_head`."""
        train = self._texts(context).train
        products, shares = self._texts(context).with_labelled(train, one_hot(train))
        checkpoints = self._checkpoints(context)

        def answer() -> dict[str, np.ndarray]:
            network = start.network(0.0, fast_dtype())
            features = keras.Model(network.input, network.get_layer("features").output)
            return {"features": start.answers(features, products)}

        def fit() -> dict[str, np.ndarray]:
            features = checkpoints.arrays("features", answer)["features"]
            learn = slice(None) if rows is None else rows
            codes = np.array(CODES)[shares.argmax(axis=1)]
            return first_head(features[learn], codes[learn], self.head_C)

        head = checkpoints.arrays(f"head-{stage}", fit)
        return [head["coefficients"], head["intercepts"]]

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        # It needs TensorFlow, which a machine that only learns may not have.
        from rakuten_core.training.lite_export import export_lite

        validation = self._texts(context).validation
        scores = self._student_scores(context)
        start = self._start(context)
        weights, history = self._fitted(context, start, "all")
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
                "out_of_fold": self._out_of_fold(context, start),
            }
            | self._texts(context).taught(self._soft_labels(context, start)[2]),
        )
        measured.facts["quantization"] = quantization_cost(
            N_("weights in 8 bits instead of 32"),
            measured,
            start.answers(exact, context.answerable(measured.test)),
        )
        return measured

    def _out_of_fold(self, context: Context, start: EncoderStart) -> dict[str, Any]:
        """Return rows and weighted F1 of what the teachers, and then the student, had not seen."""
        texts, answers = self._texts(context), self._fold_answers(context, start)
        train, validation = (
            part["prdtypecode"].to_numpy() for part in (texts.train, texts.validation)
        )
        taught, asked, _unlabelled = self._soft_labels(context, start)

        def measured(codes: np.ndarray, **scores: np.ndarray) -> dict[str, Any]:
            found = {name: weighted_f1(codes, each) for name, each in scores.items()}
            return {"rows": len(codes), "weighted_f1": found}

        return {
            "train": measured(train, teachers=answers.held, soft_labels=taught),
            "validation": measured(
                validation,
                teachers=answers.others[: len(validation)],
                soft_labels=asked,
                student=self._student_scores(context),
            ),
        }
