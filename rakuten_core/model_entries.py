"""The list of all models: what each is called, what it reads, how it is trained and answers.

A new model is one line here (`docs/add_a_model.md`); `registry` finds and selects them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

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

    @property
    def answers_with(self) -> tuple[str, ...]:
        """Names of the models that it asks when it answers: not those that only taught it."""
        return () if "teacher_share" in self.settings else self.needs


def _study(
    family: str,
    name: str,
    modality: str,
    description: str,
    model: str,
    published: str | None = None,
    needs: tuple[str, ...] = (),
    **settings: Any,
) -> ModelEntry:
    """Return the entry of a model of the study, in `training/study2022/`."""
    trainer = f"rakuten_core.training.study2022.{model}"
    return ModelEntry(
        name, modality, family, description, trainer, None, settings, needs, published
    )


_machine_learning = partial(_study, "machine learning")
_deep_learning = partial(_study, "deep learning")


def _own(
    name: str,
    modality: str,
    description: str,
    trainer: str,
    answers: str,
    needs: tuple[str, ...] = (),
    **settings: Any,
) -> ModelEntry:
    """Return the entry of a model of the project's own, which can answer in the app."""
    return ModelEntry(
        name,
        modality,
        "own",
        description,
        f"rakuten_core.training.trainers.{trainer}",
        f"rakuten_core.inference.models.{answers}",
        settings,
        needs,
    )


REGISTRY: tuple[ModelEntry, ...] = (
    _machine_learning(
        "logistic_regression",
        "text",
        "Logistic regression on TF-IDF of the prepared words",
        "text_classifiers:TextClassifier",
        "logistic_regression",
        algorithm="logistic_regression",
    ),
    _machine_learning(
        "random_forest",
        "text",
        "Random forest of 100 trees on the same",
        "text_classifiers:TextClassifier",
        "random_forest",
        algorithm="random_forest",
    ),
    _machine_learning(
        "kneighbours",
        "text",
        "Ten nearest neighbours by cosine on the same",
        "text_classifiers:TextClassifier",
        "kneighbours",
        algorithm="kneighbours",
    ),
    _machine_learning(
        "decision_tree",
        "text",
        "One decision tree on the same",
        "text_classifiers:TextClassifier",
        "decision_tree",
        algorithm="decision_tree",
    ),
    _deep_learning(
        "neural_simple",
        "text",
        "Dense network on the bag of prepared words",
        "text_networks:TextNetwork",
        "neural_simple",
        architecture="simple",
    ),
    _deep_learning(
        "neural_embedding",
        "text",
        "Averaged word vectors (50,000 words, 200 dimensions), then dense",
        "text_networks:TextNetwork",
        "neural_embedding",
        architecture="embedding",
    ),
    _own(
        "text_linear",
        "text",
        "Linear SVM on TF-IDF of words and characters, title and description apart",
        "text_linear:TextLinearTrainer",
        "linear:TextLinear",
    ),
    _own(
        "text_convolutional",
        "text",
        "Convolutions over word vectors learnt here, title and description apart",
        "text_convolutional:TextConvolutionalTrainer",
        "convolutional:TextConvolutional",
    ),
    _own(
        "text_stacked",
        "text",
        "The probabilities of text_linear and text_convolutional, stacked",
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_linear", "text_convolutional"),
    ),
    _own(
        "text_transformer",
        "text",
        "Multilingual E5, a pre-trained sentence encoder, fine-tuned on the texts",
        "text_transformer:TextTransformerTrainer",
        "transformer:TextTransformer",
    ),
    _own(
        "text_stacked_transformer",
        "text",
        "The probabilities of text_stacked and text_transformer, stacked",
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_stacked", "text_transformer"),
    ),
    _machine_learning(
        "image_logistic_regression",
        "image",
        "Logistic regression on 16 x 16 pixels",
        "image_classifiers:ImageClassifier",
        "LogReg",
        algorithm="logistic_regression",
    ),
    _machine_learning(
        "image_random_forest",
        "image",
        "Random forest of 100 trees on 16 x 16 pixels",
        "image_classifiers:ImageClassifier",
        "RF",
        algorithm="random_forest",
    ),
    _machine_learning(
        "image_kneighbours",
        "image",
        "Ten nearest neighbours on 16 x 16 pixels",
        "image_classifiers:ImageClassifier",
        "KNN",
        algorithm="kneighbours",
    ),
    _machine_learning(
        "image_svc",
        "image",
        "Support vector machine on 16 x 16 pixels",
        "image_classifiers:ImageClassifier",
        "SVC",
        algorithm="svc",
    ),
    _machine_learning(
        "image_gradient_boosting",
        "image",
        "Gradient-boosted trees (by histogram) on 8 x 8 pixels",
        "image_classifiers:ImageClassifier",
        "GradBoost",
        algorithm="gradient_boosting",
        side=8,
        sample=2000,
    ),
    _deep_learning(
        "image_lenet_50",
        "image",
        "LeNet-like network trained from scratch on 50 x 50 pixels",
        "image_networks:LenetNetwork",
    ),
    _deep_learning(
        "image_mobilenet_224",
        "image",
        "Dense head on a frozen MobileNetV2",
        "image_networks:BackboneNetwork",
        "image_mobilenet_224",
        backbone="mobilenet_v2",
    ),
    _deep_learning(
        "image_mobilenet_224_crop",
        "image",
        "The same on photos cropped by 20 %",
        "image_networks:BackboneNetwork",
        "image_mobilenet_224_crop_255",
        backbone="mobilenet_v2",
        crop=0.2,
    ),
    _deep_learning(
        "image_vgg16_224",
        "image",
        "Dense head on a frozen VGG16",
        "image_networks:BackboneNetwork",
        "VGG16",
        backbone="vgg16",
    ),
    _deep_learning(
        "image_resnet50_224",
        "image",
        "Dense head on a frozen ResNet50",
        "image_networks:BackboneNetwork",
        "ResNet",
        backbone="resnet50",
    ),
    _deep_learning(
        "image_efficientnet_lite0_224",
        "image",
        "Dense head on a frozen EfficientNet-Lite0",
        "image_networks:BackboneNetwork",
        backbone="efficientnet_lite0",
    ),
    _own(
        "image_linear",
        "image",
        "Logistic regression on EfficientNet-Lite0's pooled ImageNet features",
        "image_linear:ImageLinearTrainer",
        "image_network:ImageNetwork",
    ),
    _own(
        "image_linear_lite2",
        "image",
        "Logistic regression on the larger EfficientNet-Lite2's pooled features",
        "image_linear:ImageLinearTrainer",
        "image_network:ImageNetwork",
        backbone="efficientnet_lite2",
        image_size=260,
    ),
    _own(
        "image_linear_clip",
        "image",
        "Logistic regression on the frozen features of CLIP's image tower (ViT-B/16)",
        "image_linear:ImageLinearTrainer",
        "image_network:ImageNetwork",
        backbone="clip_vit_b16",
        preprocessing="clip",
    ),
    _own(
        "image_finetuned_int8",
        "image",
        "EfficientNet-Lite2, its last nine blocks fine-tuned, quantized to 8 bits",
        "image_finetuned:ImageFinetunedTrainer",
        "image_network:ImageNetwork",
    ),
    _own(
        "image_clip",
        "image",
        "CLIP's image tower (ViT-B/16), its last three layers fine-tuned on fewer tokens",
        "image_finetuned:ImageFinetunedTrainer",
        "image_network:ImageNetwork",
        backbone="clip_vit_b16",
        image_size=224,
        last_frozen=8,
        epochs=8,
        views=((0.0, False), (0.15, True), (0.0, True)),
        learning_rate=5e-5,
        weight_decay=0.05,
        dropout=0.2,
        batch_size=32,
        head_C=0.001,
    ),
    _own(
        "image_distilled",
        "image",
        "EfficientNet-Lite2, fine-tuned alike, taught by image_clip as much as by the labels",
        "image_finetuned:ImageFinetunedTrainer",
        "image_network:ImageNetwork",
        needs=("image_clip",),
        teacher_share=0.5,
    ),
    _deep_learning(
        "fusion_concat_embedding_50",
        "fusion",
        "neural_embedding and image_lenet_50 side by side",
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
        "neural_simple and image_mobilenet_224 side by side",
        "fusion_networks:FusionNetwork",
        "fusion_mobilenet_simple_224",
        needs=("neural_simple", "image_mobilenet_224"),
        text="neural_simple",
        image="image_mobilenet_224",
    ),
    _deep_learning(
        "fusion_mobilenet_224_crop",
        "fusion",
        "neural_simple and image_mobilenet_224_crop side by side",
        "fusion_networks:FusionNetwork",
        "fusion_mobilenet_224_crop",
        needs=("neural_simple", "image_mobilenet_224_crop"),
        text="neural_simple",
        image="image_mobilenet_224_crop",
    ),
    _own(
        "fusion_transformer",
        "fusion",
        "text_stacked_transformer and image_finetuned_int8, stacked",
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_stacked_transformer", "image_finetuned_int8"),
    ),
    _own(
        "fusion_clip",
        "fusion",
        "text_stacked_transformer and image_clip, stacked",
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_stacked_transformer", "image_clip"),
    ),
    _own(
        "fusion_two_stage",
        "fusion",
        "The same two, stacked by domain first, then by product type within it",
        "stacked:StackedTrainer",
        "two_stage:TwoStage",
        needs=("text_stacked_transformer", "image_finetuned_int8"),
        method="two_stage",
    ),
    _own(
        "cascade",
        "fusion",
        "text_stacked, then text_stacked_transformer, then fusion_clip, each asked only if needed",
        "cascade_limits:CascadeTrainer",
        "cascade:Cascade",
        needs=(
            "text_stacked",
            "text_stacked_transformer",
            "fusion_clip",
        ),
        milliseconds=(2.0, 10.0, 50.0),
    ),
)
"""In the order in which tables show them; a model stands after those that it needs."""
