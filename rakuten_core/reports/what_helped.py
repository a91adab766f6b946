"""What helped: each step's gain, between two recorded models on the products they share."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.language import N_, _
from rakuten_core.reports.model_comparison import compare
from rakuten_core.reports.saved_answers import trained_models
from rakuten_core.reports.staleness import stale_reason


@dataclass(frozen=True)
class Step:
    """One change, between two registered models.

    Attributes:
        reads: what the models read.
        change: what was done.
        before: the model without it.
        after: the model with it.
        on: `both` to compare on products with text and photo only.
        perspective: of the study's, which the step carries out; None for the project's own ideas.
    """

    reads: str
    change: str
    before: str
    after: str
    on: str = "shared"
    perspective: str | None = None


STEPS: tuple[Step, ...] = (
    Step(
        "text",
        N_("Light cleaning, words and characters, fields apart, linear SVM"),
        "logistic_regression",
        "text_linear",
    ),
    Step(
        "text",
        N_("Convolutions over word vectors instead of the linear model"),
        "text_linear",
        "text_convolutional",
    ),
    Step("text", N_("Naive Bayes instead of the linear model"), "text_linear", "text_bayes"),
    Step("text", N_("The linear model and naive Bayes, stacked"), "text_linear", "text_stacked"),
    Step(
        "text",
        N_("A pre-trained sentence encoder, fine-tuned, instead of the linear model"),
        "text_linear",
        "text_transformer",
        perspective=N_("A pre-trained text embedding"),
    ),
    Step(
        "text",
        N_("The linear model, naive Bayes and the sentence encoder, stacked"),
        "text_transformer",
        "text_stacked_transformer",
        perspective=N_("More models in the fusion"),
    ),
    Step(
        "image",
        N_("Cut 20% from the borders"),
        "image_mobilenet_224",
        "image_mobilenet_224_crop",
        perspective=N_("Cropping the images"),
    ),
    Step(
        "image",
        N_("EfficientNet-Lite0 instead of MobileNetV2, both frozen with a dense head"),
        "image_mobilenet_224",
        "image_efficientnet_lite0_224",
    ),
    Step(
        "image",
        N_("Logistic regression with L2 penalty, also on validation, instead of the dense head"),
        "image_efficientnet_lite0_224",
        "image_linear",
    ),
    Step(
        "image",
        N_("EfficientNet-Lite2 on 260 pixels instead of Lite0 on 224"),
        "image_linear",
        "image_linear_lite2",
        perspective=N_("Other image sizes and hyper-parameters"),
    ),
    Step(
        "image",
        N_("Fine-tune the last nine blocks with mixup, quantized to 8 bits"),
        "image_linear_lite2",
        "image_finetuned_int8",
        perspective=N_("Fine-tuning EfficientNet-Lite2, augmented images"),
    ),
    Step(
        "image",
        N_("CLIP's image tower instead of EfficientNet-Lite2, both frozen"),
        "image_linear_lite2",
        "image_linear_clip",
        perspective=N_("A backbone that has seen more"),
    ),
    Step(
        "image",
        N_("Kernel ridge regression instead of logistic regression, and the mean of the patches"),
        "image_linear_clip",
        "image_kernel_clip",
    ),
    Step(
        "image",
        N_("Fine-tune the tower's last layers, instead of a kernel over it frozen"),
        "image_kernel_clip",
        "image_clip",
        perspective=N_("Fine-tuning CLIP's last layers"),
    ),
    Step(
        "image",
        N_("The fine-tuned tower taught by the frozen one as much as by the labels"),
        "image_clip",
        "image_distilled_clip",
    ),
    Step(
        "image",
        N_("The fine-tuned EfficientNet-Lite2 beside CLIP, stacked"),
        "image_kernel_clip",
        "image_stacked_clip",
    ),
    Step(
        "image",
        N_("EfficientNet-Lite2 taught by CLIP's image tower as much as by the labels"),
        "image_finetuned_int8",
        "image_distilled",
    ),
    Step(
        "fusion",
        N_("Add the photo, seen by CLIP's image tower, to the text with the sentence encoder"),
        "text_stacked_transformer",
        "fusion_clip",
        "both",
    ),
    Step(
        "fusion",
        N_("One small network over the frozen features of both, instead of the stack"),
        "fusion_clip",
        "fusion_network",
        "both",
    ),
    Step(
        "fusion",
        N_("Ask dearer models only where the cheaper ones are not sure"),
        "fusion_clip",
        "cascade",
    ),
    Step(
        "fusion",
        N_("The domain first, then the product type within it"),
        "fusion_clip",
        "fusion_two_stage",
        perspective=N_("A fusion in two stages: domain, then type"),
    ),
)


def ablation(assets: Assets) -> pd.DataFrame:
    """Return the gain of each step in weighted F1, with its 95 % bootstrap interval.

    Steps whose models are not both trained are left out.

    Returns:
        A table with `reads`, `change`, `perspective`, `before`, `after`, `gain`, `low`, `high`,
        `verdict`, `rows` (test products that both models answered), `p_value` (McNemar) and
        `stale` (whether one of the two models is).
    """
    trained = set(trained_models(assets))
    rows = []
    for step in STEPS:
        if not {step.before, step.after} <= trained:
            continue
        test = compare(assets, step.before, step.after, step.on == "both")
        if test is None:
            continue
        rows.append(
            vars(step)
            | {
                "change": _(step.change),
                "perspective": _(step.perspective) if step.perspective else None,
                "gain": test.difference,
                "low": test.interval[0],
                "high": test.interval[1],
                "verdict": verdict(*test.interval),
                "rows": test.rows,
                "p_value": test.p_value,
                "stale": any(stale_reason(assets, name) for name in (step.before, step.after)),
            }
        )
    return pd.DataFrame(rows)


def verdict(low: float, high: float) -> str:
    """Return in words what an interval of a gain says."""
    if low > 0:
        return _("helped")
    return _("did harm") if high < 0 else _("no difference shown")
