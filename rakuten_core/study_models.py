"""The models of the study of December 2022, trained again by `training/study2022/`."""

from functools import partial
from typing import Any

from rakuten_core.language import N_
from rakuten_core.model_entry import ModelEntry


def _study(
    family: str,
    name: str,
    modality: str,
    title: str,
    description: str,
    model: str,
    published: str | None = None,
    needs: tuple[str, ...] = (),
    **settings: Any,
) -> ModelEntry:
    """Return the entry of a model of the study, in `training/study2022/`."""
    trainer = f"rakuten_core.training.study2022.{model}"
    return ModelEntry(
        name, modality, family, title, description, trainer, None, settings, needs, published
    )


_machine_learning = partial(_study, "machine learning")
_deep_learning = partial(_study, "deep learning")

STUDY_MODELS: tuple[ModelEntry, ...] = (
    _machine_learning(
        "logistic_regression",
        "text",
        N_("Logistic regression (text)"),
        N_("Logistic regression on TF-IDF of the prepared words"),
        "text_classifiers:TextClassifier",
        "logistic_regression",
        algorithm="logistic_regression",
    ),
    _machine_learning(
        "random_forest",
        "text",
        N_("Random forest (text)"),
        N_("Random forest of 100 trees on TF-IDF of the prepared words"),
        "text_classifiers:TextClassifier",
        "random_forest",
        algorithm="random_forest",
    ),
    _machine_learning(
        "kneighbours",
        "text",
        N_("Nearest neighbours (text)"),
        N_("Ten nearest neighbours by cosine on TF-IDF of the prepared words"),
        "text_classifiers:TextClassifier",
        "kneighbours",
        algorithm="kneighbours",
    ),
    _machine_learning(
        "decision_tree",
        "text",
        N_("Decision tree (text)"),
        N_("One decision tree on TF-IDF of the prepared words"),
        "text_classifiers:TextClassifier",
        "decision_tree",
        algorithm="decision_tree",
    ),
    _deep_learning(
        "neural_simple",
        "text",
        N_("Dense network (text)"),
        N_("Dense network on the bag of prepared words"),
        "text_networks:TextNetwork",
        "neural_simple",
        architecture="simple",
    ),
    _deep_learning(
        "neural_embedding",
        "text",
        N_("Word vectors (text)"),
        N_("Averaged word vectors (50,000 words, 200 dimensions), then dense"),
        "text_networks:TextNetwork",
        "neural_embedding",
        architecture="embedding",
    ),
    _machine_learning(
        "image_logistic_regression",
        "image",
        N_("Logistic regression (photo)"),
        N_("Logistic regression on 16 x 16 pixels"),
        "image_classifiers:ImageClassifier",
        "LogReg",
        algorithm="logistic_regression",
    ),
    _machine_learning(
        "image_random_forest",
        "image",
        N_("Random forest (photo)"),
        N_("Random forest of 100 trees on 16 x 16 pixels"),
        "image_classifiers:ImageClassifier",
        "RF",
        algorithm="random_forest",
    ),
    _machine_learning(
        "image_kneighbours",
        "image",
        N_("Nearest neighbours (photo)"),
        N_("Ten nearest neighbours on 16 x 16 pixels"),
        "image_classifiers:ImageClassifier",
        "KNN",
        algorithm="kneighbours",
    ),
    _machine_learning(
        "image_svc",
        "image",
        N_("Support vector machine (photo)"),
        N_("Support vector machine on 16 x 16 pixels"),
        "image_classifiers:ImageClassifier",
        "SVC",
        algorithm="svc",
    ),
    _machine_learning(
        "image_gradient_boosting",
        "image",
        N_("Boosted trees (photo)"),
        N_("Gradient-boosted trees (by histogram) on 8 x 8 pixels"),
        "image_classifiers:ImageClassifier",
        "GradBoost",
        algorithm="gradient_boosting",
        side=8,
        sample=2000,
    ),
    _deep_learning(
        "image_lenet_50",
        "image",
        N_("LeNet (photo)"),
        N_("LeNet-like network trained from scratch on 50 x 50 pixels"),
        "image_networks:LenetNetwork",
    ),
    _deep_learning(
        "image_mobilenet_224",
        "image",
        N_("MobileNetV2 (photo)"),
        N_("Dense head on a frozen MobileNetV2"),
        "image_networks:BackboneNetwork",
        "image_mobilenet_224",
        backbone="mobilenet_v2",
    ),
    _deep_learning(
        "image_mobilenet_224_crop",
        "image",
        N_("MobileNetV2, cropped (photo)"),
        N_("Dense head on a frozen MobileNetV2, photos cropped by 20%"),
        "image_networks:BackboneNetwork",
        "image_mobilenet_224_crop_255",
        backbone="mobilenet_v2",
        crop=0.2,
    ),
    _deep_learning(
        "image_vgg16_224",
        "image",
        N_("VGG16 (photo)"),
        N_("Dense head on a frozen VGG16"),
        "image_networks:BackboneNetwork",
        "VGG16",
        backbone="vgg16",
    ),
    _deep_learning(
        "image_resnet50",
        "image",
        N_("ResNet50 (photo)"),
        N_("ResNet50: from scratch, or a dense head on a frozen one where weights are given"),
        "image_networks:ResidualNetwork",
        "ResNet",
        backbone="resnet50",
    ),
    _deep_learning(
        "image_efficientnet_lite0_224",
        "image",
        N_("EfficientNet-Lite0 (photo)"),
        N_("Dense head on a frozen EfficientNet-Lite0"),
        "image_networks:BackboneNetwork",
        backbone="efficientnet_lite0",
    ),
    _deep_learning(
        "fusion_concat_embedding_50",
        "fusion",
        N_("Word vectors and LeNet"),
        N_("Word vectors and a LeNet-like network side by side"),
        "fusion_networks:FusionNetwork",
        "fusion_concat_embedding_50",
        needs=("neural_embedding", "image_lenet_50"),
        text="neural_embedding",
        image="image_lenet_50",
        image_class="LenetNetwork",
    ),
    _deep_learning(
        "fusion_mobilenet_simple_224",
        "fusion",
        N_("Dense network and MobileNetV2"),
        N_("Dense network on words and MobileNetV2 side by side"),
        "fusion_networks:FusionNetwork",
        "fusion_mobilenet_simple_224",
        needs=("neural_simple", "image_mobilenet_224"),
        text="neural_simple",
        image="image_mobilenet_224",
    ),
    _deep_learning(
        "fusion_mobilenet_224_crop",
        "fusion",
        N_("Dense network and MobileNetV2, cropped"),
        N_("Dense network on words and MobileNetV2 on cropped photos side by side"),
        "fusion_networks:FusionNetwork",
        "fusion_mobilenet_224_crop",
        needs=("neural_simple", "image_mobilenet_224_crop"),
        text="neural_simple",
        image="image_mobilenet_224_crop",
    ),
)
