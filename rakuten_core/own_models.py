"""The project's own models.

A new model is one entry here (`docs/add_a_model.md`); `registry` finds and selects them.
"""

from typing import Any

from rakuten_core.language import N_
from rakuten_core.model_entry import ModelEntry


def _own(
    name: str,
    modality: str,
    title: str,
    description: str,
    trainer: str,
    answers: str | None,
    needs: tuple[str, ...] = (),
    **settings: Any,
) -> ModelEntry:
    """Return the entry of a model of the project's own.

    Args:
        trainer, answers: module of `training.trainers` or `inference.models`, a colon, the class;
            no `answers` for a model that is only compared.
        name, modality, title, description, needs, settings: see `ModelEntry`.
    """
    return ModelEntry(
        name,
        modality,
        "own",
        title,
        description,
        f"rakuten_core.training.trainers.{trainer}",
        f"rakuten_core.inference.models.{answers}" if answers else None,
        settings,
        needs,
    )


OWN_MODELS: tuple[ModelEntry, ...] = (
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
        "text_bayes",
        "text",
        N_("Text: naive Bayes"),
        N_("Complement naive Bayes on TF-IDF of words and pairs, title and description together"),
        "text_bayes:TextBayesTrainer",
        "bayes:TextBayes",
    ),
    _own(
        "text_stacked",
        "text",
        N_("Text: words and phrases, two ways"),
        N_("The probabilities of the linear model and of naive Bayes, stacked"),
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_linear", "text_bayes"),
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
        N_("The probabilities of words and phrases, two ways, and of the language model, stacked"),
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_stacked", "text_transformer"),
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
        "image_kernel_clip",
        "image",
        N_("Photo: CLIP and a kernel"),
        N_("Kernel ridge regression on frozen features of CLIP's image tower (ViT-B/16)"),
        "image_kernel:ImageKernelTrainer",
        "kernel:KernelNetwork",
    ),
    _own(
        "image_distilled",
        "image",
        N_("Photo: Lite2 taught by CLIP"),
        N_("EfficientNet-Lite2, fine-tuned alike, taught by CLIP's tower as much as by the labels"),
        "image_finetuned:ImageFinetunedTrainer",
        "image_network:ImageNetwork",
        needs=("image_kernel_clip",),
        teacher_share=0.5,
    ),
    _own(
        "image_clip",
        "image",
        N_("Photo: fine-tuned CLIP"),
        N_("CLIP's image tower (ViT-B/16), its last four layers fine-tuned, weights of five bits"),
        "image_tower:ImageTowerTrainer",
        "tower:TowerNetwork",
    ),
    _own(
        "image_distilled_clip",
        "image",
        N_("Photo: fine-tuned CLIP, taught by CLIP"),
        N_("CLIP's image tower fine-tuned alike, taught by it frozen as much as by the labels"),
        "image_tower:ImageTowerTrainer",
        "tower:TowerNetwork",
        needs=("image_kernel_clip",),
        teacher_share=0.5,
    ),
    _own(
        "image_stacked_clip",
        "image",
        N_("Photo: CLIP and Lite2"),
        N_("The probabilities of CLIP with a kernel and of the fine-tuned Lite2, stacked"),
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("image_kernel_clip", "image_finetuned_int8"),
    ),
    _own(
        "fusion_network",
        "fusion",
        N_("Text and photo: one small network"),
        N_("A small network over the frozen features of E5 and CLIP, at times without one of them"),
        "fusion_network:FusionNetworkTrainer",
        None,
    ),
    _own(
        "fusion_clip",
        "fusion",
        N_("Text and photo: language model and CLIP"),
        N_("The best text model, and CLIP with Lite2 for the photo, stacked"),
        "stacked:StackedTrainer",
        "stacking:Stacked",
        needs=("text_stacked_transformer", "image_stacked_clip"),
        # Of Lite2 only validation is held out; the kernel alone answers all products out of fold.
        held_out_by={"image_stacked_clip": "image_kernel_clip"},
    ),
    _own(
        "fusion_two_stage",
        "fusion",
        N_("Text and photo: domain first"),
        N_(
            "The best text model, and CLIP with Lite2 for the photo, stacked by domain first, "
            "then by type within it"
        ),
        "stacked:StackedTrainer",
        "two_stage:TwoStage",
        needs=("text_stacked_transformer", "image_stacked_clip"),
        method="two_stage",
        held_out_by={"image_stacked_clip": "image_kernel_clip"},
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
