"""The list of all models: what each is called, what it reads, how it is trained and answers.

A new model is one line here (`docs/add_a_model.md`); `registry` finds and selects them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rakuten_core.language import N_, _

MODALITIES = {"text": N_("text"), "image": N_("photo"), "fusion": N_("text and photo")}
"""What a model may read, and how that is called in English."""
FAMILIES = {
    "machine learning": N_("machine learning"),
    "deep learning": N_("deep learning"),
    "own": N_("own"),
}
"""Whose method a model is: the first two are the study's, `own` is the project's."""


@dataclass(frozen=True)
class ModelEntry:
    """One model.

    Attributes:
        name: also its folder's name in `assets/models/`.
        modality: what it reads: `text`, `image` or `fusion` (both).
        family: of `FAMILIES`.
        title: what people call it, in English; `label` in their language.
        description: one plain sentence, likewise.
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
    title: str
    description: str
    trainer: str
    answers: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    published: str | None = None

    @property
    def label(self) -> str:
        """What people call it, in the current language."""
        return _(self.title)

    @property
    def answers_with(self) -> tuple[str, ...]:
        """Names of the models that it asks when it answers: not those that only taught it."""
        return () if "teacher_share" in self.settings else self.needs


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


def _own(
    name: str,
    modality: str,
    title: str,
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
        title,
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
    _own(
        "text_linear",
        "text",
        N_("Text: words and phrases"),
        N_("Linear SVM on TF-IDF of words and characters, title and description apart"),
        "text_linear:TextLinearTrainer",
        "linear:TextLinear",
    ),
    _own(
        "text_convolutional",
        "text",
        N_("Text: convolutions"),
        N_("Convolutions over word vectors learnt here, title and description apart"),
        "text_convolutional:TextConvolutionalTrainer",
        "convolutional:TextConvolutional",
    ),
    _own(
        "text_stacked",
        "text",
        N_("Text: words, phrases and convolutions"),
        N_("The probabilities of the linear model and of the convolutions, stacked"),
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_linear", "text_convolutional"),
    ),
    _own(
        "text_transformer",
        "text",
        N_("Text: language model"),
        N_("Multilingual E5, a pre-trained sentence encoder, fine-tuned on the texts"),
        "text_transformer:TextTransformerTrainer",
        "transformer:TextTransformer",
    ),
    _own(
        "text_stacked_transformer",
        "text",
        N_("Text: words, phrases and a language model"),
        N_(
            "The probabilities of words, phrases and convolutions and of the language model, "
            "stacked"
        ),
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_stacked", "text_transformer"),
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
        "image_resnet50_224",
        "image",
        N_("ResNet50 (photo)"),
        N_("Dense head on a frozen ResNet50"),
        "image_networks:BackboneNetwork",
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
    _own(
        "image_linear",
        "image",
        N_("Photo: frozen Lite0"),
        N_("Logistic regression on EfficientNet-Lite0's pooled ImageNet features"),
        "image_linear:ImageLinearTrainer",
        "image_network:ImageNetwork",
    ),
    _own(
        "image_linear_lite2",
        "image",
        N_("Photo: frozen Lite2"),
        N_("Logistic regression on the larger EfficientNet-Lite2's pooled features"),
        "image_linear:ImageLinearTrainer",
        "image_network:ImageNetwork",
        backbone="efficientnet_lite2",
        image_size=260,
    ),
    _own(
        "image_linear_clip",
        "image",
        N_("Photo: frozen CLIP"),
        N_("Logistic regression on the frozen features of CLIP's image tower (ViT-B/16)"),
        "image_linear:ImageLinearTrainer",
        "image_network:ImageNetwork",
        backbone="clip_vit_b16",
        preprocessing="clip",
    ),
    _own(
        "image_finetuned_int8",
        "image",
        N_("Photo: fine-tuned Lite2"),
        N_("EfficientNet-Lite2, its last nine blocks fine-tuned, quantized to 8 bits"),
        "image_finetuned:ImageFinetunedTrainer",
        "image_network:ImageNetwork",
    ),
    _own(
        "image_clip",
        "image",
        N_("Photo: fine-tuned CLIP"),
        N_("CLIP's image tower (ViT-B/16), its last three layers fine-tuned on fewer tokens"),
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
        N_("Photo: Lite2 taught by CLIP"),
        N_("EfficientNet-Lite2, fine-tuned alike, taught by CLIP's tower as much as by the labels"),
        "image_finetuned:ImageFinetunedTrainer",
        "image_network:ImageNetwork",
        needs=("image_clip",),
        teacher_share=0.5,
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
    _own(
        "fusion_transformer",
        "fusion",
        N_("Text and photo: language model and Lite2"),
        N_("The best text model and the fine-tuned EfficientNet-Lite2, stacked"),
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_stacked_transformer", "image_finetuned_int8"),
    ),
    _own(
        "fusion_clip",
        "fusion",
        N_("Text and photo: language model and CLIP"),
        N_("The best text model and CLIP's fine-tuned tower, stacked"),
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_stacked_transformer", "image_clip"),
    ),
    _own(
        "fusion_two_stage",
        "fusion",
        N_("Text and photo: domain first"),
        N_(
            "The best text model and EfficientNet-Lite2, stacked by domain first, then by type "
            "within it"
        ),
        "stacked:StackedTrainer",
        "two_stage:TwoStage",
        needs=("text_stacked_transformer", "image_finetuned_int8"),
        method="two_stage",
    ),
    _own(
        "cascade",
        "fusion",
        N_("Text and photo: in stages"),
        N_(
            "Words first, then the language model, then the photo through CLIP, each asked only "
            "if needed"
        ),
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
