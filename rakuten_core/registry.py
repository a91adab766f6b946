"""All models of the project: what each is called, what it reads and how it is trained."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rakuten_core.errors import ModelError

MODALITIES = ("text", "image", "fusion")


@dataclass(frozen=True)
class ModelEntry:
    """One model.

    Attributes:
        name: also its folder's name in `assets/models/`.
        modality: what it reads: `text`, `image` or `fusion` (both).
        family: `machine learning` and `deep learning` are the study's; `own` is the project's.
        description: one line.
        trainer: `module:class` of a `training.runner.Trainer` or of a `training.trainable`
            `TrainableModel`; imported only to train.
        answers: `module:class` of what answers without TensorFlow; None for a model that is only
            compared.
        settings: arguments of the trainer.
        needs: models that it stands on; they are trained before and loaded with it.
        published: its name in the study's published tables, if it is there.
    """

    name: str
    modality: str
    family: str
    description: str
    trainer: str
    answers: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    published: str | None = None


REGISTRY: tuple[ModelEntry, ...] = (
    ModelEntry(
        name="logistic_regression",
        modality="text",
        family="machine learning",
        description="Logistic regression on TF-IDF of the prepared words",
        trainer="rakuten_core.training.study2022.text_classifiers:TextClassifier",
        settings={"algorithm": "logistic_regression"},
        published="logistic_regression",
    ),
    ModelEntry(
        name="random_forest",
        modality="text",
        family="machine learning",
        description="Random forest of 100 trees on the same",
        trainer="rakuten_core.training.study2022.text_classifiers:TextClassifier",
        settings={"algorithm": "random_forest"},
        published="random_forest",
    ),
    ModelEntry(
        name="kneighbours",
        modality="text",
        family="machine learning",
        description="Ten nearest neighbours by cosine on the same",
        trainer="rakuten_core.training.study2022.text_classifiers:TextClassifier",
        settings={"algorithm": "kneighbours"},
        published="kneighbours",
    ),
    ModelEntry(
        name="decision_tree",
        modality="text",
        family="machine learning",
        description="One decision tree on the same",
        trainer="rakuten_core.training.study2022.text_classifiers:TextClassifier",
        settings={"algorithm": "decision_tree"},
        published="decision_tree",
    ),
    ModelEntry(
        name="neural_simple",
        modality="text",
        family="deep learning",
        description="Dense network on the bag of prepared words",
        trainer="rakuten_core.training.study2022.text_networks:TextNetwork",
        settings={"architecture": "simple"},
        published="neural_simple",
    ),
    ModelEntry(
        name="neural_embedding",
        modality="text",
        family="deep learning",
        description="Averaged word vectors (50,000 words, 200 dimensions), then dense",
        trainer="rakuten_core.training.study2022.text_networks:TextNetwork",
        settings={"architecture": "embedding"},
        published="neural_embedding",
    ),
    ModelEntry(
        name="text_linear",
        modality="text",
        family="own",
        description="Linear SVM on TF-IDF of words and characters, title and description apart",
        trainer="rakuten_core.training.trainers.text_linear:TextLinearTrainer",
        answers="rakuten_core.inference.models.linear:TextLinear",
    ),
    ModelEntry(
        name="text_convolutional",
        modality="text",
        family="own",
        description="Convolutions over word vectors learnt here, title and description apart",
        trainer="rakuten_core.training.trainers.text_convolutional:TextConvolutionalTrainer",
        answers="rakuten_core.inference.models.convolutional:TextConvolutional",
    ),
    ModelEntry(
        name="text_stacked",
        modality="text",
        family="own",
        description="The probabilities of text_linear and text_convolutional, stacked",
        trainer="rakuten_core.training.trainers.stacked:StackedTrainer",
        answers="rakuten_core.inference.models.stacking:Stacked",
        needs=("text_linear", "text_convolutional"),
    ),
    ModelEntry(
        name="text_transformer",
        modality="text",
        family="own",
        description="Multilingual E5, a pre-trained sentence encoder, fine-tuned on the texts",
        trainer="rakuten_core.training.trainers.text_transformer:TextTransformerTrainer",
        answers="rakuten_core.inference.models.transformer:TextTransformer",
    ),
    ModelEntry(
        name="text_stacked_transformer",
        modality="text",
        family="own",
        description="The probabilities of text_stacked and text_transformer, stacked",
        trainer="rakuten_core.training.trainers.stacked:StackedTrainer",
        answers="rakuten_core.inference.models.stacking:Stacked",
        needs=("text_stacked", "text_transformer"),
    ),
    ModelEntry(
        name="image_logistic_regression",
        modality="image",
        family="machine learning",
        description="Logistic regression on 16 x 16 pixels",
        trainer="rakuten_core.training.study2022.image_classifiers:ImageClassifier",
        settings={"algorithm": "logistic_regression"},
        published="LogReg",
    ),
    ModelEntry(
        name="image_random_forest",
        modality="image",
        family="machine learning",
        description="Random forest of 100 trees on 16 x 16 pixels",
        trainer="rakuten_core.training.study2022.image_classifiers:ImageClassifier",
        settings={"algorithm": "random_forest"},
        published="RF",
    ),
    ModelEntry(
        name="image_kneighbours",
        modality="image",
        family="machine learning",
        description="Ten nearest neighbours on 16 x 16 pixels",
        trainer="rakuten_core.training.study2022.image_classifiers:ImageClassifier",
        settings={"algorithm": "kneighbours"},
        published="KNN",
    ),
    ModelEntry(
        name="image_svc",
        modality="image",
        family="machine learning",
        description="Support vector machine on 16 x 16 pixels",
        trainer="rakuten_core.training.study2022.image_classifiers:ImageClassifier",
        settings={"algorithm": "svc"},
        published="SVC",
    ),
    ModelEntry(
        name="image_gradient_boosting",
        modality="image",
        family="machine learning",
        description="Gradient-boosted trees (by histogram) on 8 x 8 pixels",
        trainer="rakuten_core.training.study2022.image_classifiers:ImageClassifier",
        settings={"algorithm": "gradient_boosting", "side": 8, "sample": 2000},
        published="GradBoost",
    ),
    ModelEntry(
        name="image_lenet_50",
        modality="image",
        family="deep learning",
        description="LeNet-like network trained from scratch on 50 x 50 pixels",
        trainer="rakuten_core.training.study2022.image_networks:LenetNetwork",
    ),
    ModelEntry(
        name="image_mobilenet_224",
        modality="image",
        family="deep learning",
        description="Dense head on a frozen MobileNetV2",
        trainer="rakuten_core.training.study2022.image_networks:BackboneNetwork",
        settings={"backbone": "mobilenet_v2"},
        published="image_mobilenet_224",
    ),
    ModelEntry(
        name="image_mobilenet_224_crop",
        modality="image",
        family="deep learning",
        description="The same on photos cropped by 20 %",
        trainer="rakuten_core.training.study2022.image_networks:BackboneNetwork",
        settings={"backbone": "mobilenet_v2", "crop": 0.2},
        published="image_mobilenet_224_crop_255",
    ),
    ModelEntry(
        name="image_vgg16_224",
        modality="image",
        family="deep learning",
        description="Dense head on a frozen VGG16",
        trainer="rakuten_core.training.study2022.image_networks:BackboneNetwork",
        settings={"backbone": "vgg16"},
        published="VGG16",
    ),
    ModelEntry(
        name="image_resnet50_224",
        modality="image",
        family="deep learning",
        description="Dense head on a frozen ResNet50",
        trainer="rakuten_core.training.study2022.image_networks:BackboneNetwork",
        settings={"backbone": "resnet50"},
        published="ResNet",
    ),
    ModelEntry(
        name="image_efficientnet_lite0_224",
        modality="image",
        family="deep learning",
        description="Dense head on a frozen EfficientNet-Lite0",
        trainer="rakuten_core.training.study2022.image_networks:BackboneNetwork",
        settings={"backbone": "efficientnet_lite0"},
    ),
    ModelEntry(
        name="image_linear",
        modality="image",
        family="own",
        description="Logistic regression on EfficientNet-Lite0's pooled ImageNet features",
        trainer="rakuten_core.training.trainers.image_linear:ImageLinearTrainer",
        answers="rakuten_core.inference.models.image_network:ImageNetwork",
    ),
    ModelEntry(
        name="image_finetuned",
        modality="image",
        family="own",
        description="EfficientNet-Lite0 with its last four blocks fine-tuned on the photos",
        trainer="rakuten_core.training.trainers.image_finetuned:ImageFinetunedTrainer",
        answers="rakuten_core.inference.models.image_network:ImageNetwork",
    ),
    ModelEntry(
        name="image_linear_lite2",
        modality="image",
        family="own",
        description="Logistic regression on the larger EfficientNet-Lite2's pooled features",
        trainer="rakuten_core.training.trainers.image_linear:ImageLinearTrainer",
        answers="rakuten_core.inference.models.image_network:ImageNetwork",
        settings={"backbone": "efficientnet_lite2", "image_size": 260},
    ),
    ModelEntry(
        name="image_finetuned_lite2",
        modality="image",
        family="own",
        description="EfficientNet-Lite2 with its last five blocks fine-tuned on the photos",
        trainer="rakuten_core.training.trainers.image_finetuned:ImageFinetunedTrainer",
        answers="rakuten_core.inference.models.image_network:ImageNetwork",
        settings={
            "backbone": "efficientnet_lite2",
            "last_frozen": 15,
            "image_size": 260,
        },
    ),
    ModelEntry(
        name="image_finetuned_int8",
        modality="image",
        family="own",
        description="EfficientNet-Lite2, its last nine blocks fine-tuned, quantized to 8 bits",
        trainer="rakuten_core.training.trainers.image_finetuned:ImageFinetunedTrainer",
        answers="rakuten_core.inference.models.image_network:ImageNetwork",
        settings={
            "backbone": "efficientnet_lite2",
            "last_frozen": 11,
            "image_size": 260,
            "hold_out": "validation",
            "epochs": 10,
            "mixup": 0.2,
            "network_weights": "int8",
        },
    ),
    ModelEntry(
        name="fusion_concat_embedding_50",
        modality="fusion",
        family="deep learning",
        description="neural_embedding and image_lenet_50 side by side",
        trainer="rakuten_core.training.study2022.fusion_networks:FusionNetwork",
        settings={
            "text": "neural_embedding",
            "image": "image_lenet_50",
            "image_class": "LenetNetwork",
        },
        needs=(
            "neural_embedding",
            "image_lenet_50",
        ),
        published="fusion_concat_embedding_50",
    ),
    ModelEntry(
        name="fusion_mobilenet_simple_224",
        modality="fusion",
        family="deep learning",
        description="neural_simple and image_mobilenet_224 side by side",
        trainer="rakuten_core.training.study2022.fusion_networks:FusionNetwork",
        settings={"text": "neural_simple", "image": "image_mobilenet_224"},
        needs=(
            "neural_simple",
            "image_mobilenet_224",
        ),
        published="fusion_mobilenet_simple_224",
    ),
    ModelEntry(
        name="fusion_mobilenet_224_crop",
        modality="fusion",
        family="deep learning",
        description="neural_simple and image_mobilenet_224_crop side by side",
        trainer="rakuten_core.training.study2022.fusion_networks:FusionNetwork",
        settings={"text": "neural_simple", "image": "image_mobilenet_224_crop"},
        needs=(
            "neural_simple",
            "image_mobilenet_224_crop",
        ),
        published="fusion_mobilenet_224_crop",
    ),
    ModelEntry(
        name="fusion_transformer",
        modality="fusion",
        family="own",
        description="text_stacked_transformer and image_finetuned_int8, stacked",
        trainer="rakuten_core.training.trainers.stacked:StackedTrainer",
        answers="rakuten_core.inference.models.stacking:Stacked",
        needs=("text_stacked_transformer", "image_finetuned_int8"),
    ),
    ModelEntry(
        name="fusion_two_stage",
        modality="fusion",
        family="own",
        description="The same two, stacked by domain first, then by product type within it",
        trainer="rakuten_core.training.trainers.stacked:StackedTrainer",
        answers="rakuten_core.inference.models.two_stage:TwoStage",
        settings={
            "method": "two_stage",
        },
        needs=("text_stacked_transformer", "image_finetuned_int8"),
    ),
)
"""In the order in which tables show them; a model stands after those that it needs."""

ANSWERING = "fusion_transformer"
"""The model that the app answers with; the two that it stands on answer text and photo alone."""

LABEL_MODEL = "text_stacked"
"""Judges the labels: it and all below it have out-of-fold predictions of every product."""


def entry(name: str) -> ModelEntry:
    """Return the entry of a model.

    Raises:
        ModelError: there is no such model.
    """
    for candidate in REGISTRY:
        if candidate.name == name:
            return candidate
    raise ModelError(
        f"Unknown model. Received: {name!r}. "
        f"Known: {', '.join(candidate.name for candidate in REGISTRY)}."
    )


def best() -> dict[str, str]:
    """Return the names of the models that answer in the app, by modality."""
    text, image = entry(ANSWERING).needs
    return {"text": text, "image": image, "fusion": ANSWERING}


def shipped() -> frozenset[str]:
    """Return the names of the models whose weights ship: those that the app answers with."""
    return frozenset(each.name for each in with_needed([ANSWERING]))


def with_needed(names: Iterable[str]) -> list[ModelEntry]:
    """Return these models and all that they need, directly or not, in training order.

    Raises:
        ModelError: a name is unknown.
    """
    found: set[str] = set()

    def add(name: str) -> None:
        if name not in found:
            found.add(name)
            for needed in entry(name).needs:
                add(needed)

    for name in names:
        add(name)
    return [each for each in REGISTRY if each.name in found]


def select(selection: str | None = None) -> list[ModelEntry]:
    """Return the models that a selection names, in training order.

    Args:
        selection: names separated by commas; `family:text` or `family:deep learning` (or
            `modality:`) stand for all models of a modality or family. None or `all` selects every
            model.

    Raises:
        ModelError: a name, modality or family is unknown.
    """
    if selection is None or selection == "all":
        return list(REGISTRY)
    chosen: set[str] = set()
    for part in (part.strip() for part in selection.split(",")):
        key, _, value = part.partition(":")
        if key not in ("modality", "family") or not value:
            chosen.add(entry(part).name)
            continue
        groups = {each.name: {each.modality, each.family} for each in REGISTRY}
        found = {name for name, values in groups.items() if value in values}
        if not found:
            known = ", ".join(sorted(set().union(*groups.values())))
            raise ModelError(f"Unknown {key}. Received: {value!r}. Known: {known}.")
        chosen |= found
    return [each for each in REGISTRY if each.name in chosen]
