"""All models of the project: what each is called, what it reads and how it is trained."""

from dataclasses import dataclass

from rakuten_core.errors import ModelError

MODALITIES = ("text", "image", "fusion")


@dataclass(frozen=True)
class ModelEntry:
    """One model.

    Attributes:
        name: also its folder's name in `assets/models/`.
        modality: what it reads: `text`, `image` or `fusion` (both).
        family: `linear`, `machine learning` or `deep learning`.
        description: one line.
        trainer: `module:class` of what trains it; imported only to train.
        needs: models that must be trained before.
    """

    name: str
    modality: str
    family: str
    description: str
    trainer: str
    needs: tuple[str, ...] = ()


REGISTRY: tuple[ModelEntry, ...] = (
    ModelEntry(
        name="text_linear",
        modality="text",
        family="linear",
        description="Linear SVM on TF-IDF of words and characters, title and description apart",
        trainer="rakuten_core.study.text_linear:TextLinearTrainer",
    ),
    ModelEntry(
        name="image_linear",
        modality="image",
        family="linear",
        description="Logistic regression on EfficientNet-Lite0's pooled ImageNet features",
        trainer="rakuten_core.study.image_linear:ImageLinearTrainer",
    ),
    ModelEntry(
        name="image_finetuned",
        modality="image",
        family="deep learning",
        description="EfficientNet-Lite0 with its last four blocks fine-tuned on the photos",
        trainer="rakuten_core.study.image_finetuned:ImageFinetunedTrainer",
    ),
    ModelEntry(
        name="fusion_stacked",
        modality="fusion",
        family="linear",
        description="Logistic regression over the probabilities of text_linear and image_finetuned",
        trainer="rakuten_core.study.fusion_stacked:FusionStackedTrainer",
        needs=("text_linear", "image_finetuned"),
    ),
)
"""In the order in which tables show them; a model stands after those that it needs."""


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


def select(selection: str | None = None) -> list[ModelEntry]:
    """Return the models that a selection names, in training order.

    Args:
        selection: names separated by commas; `modality:text` and `family:deep learning` stand for
            all models of a modality or family. None or `all` selects every model.

    Raises:
        ModelError: a name, modality or family is unknown.
    """
    if selection is None or selection == "all":
        return list(REGISTRY)
    chosen: set[str] = set()
    for part in (part.strip() for part in selection.split(",")):
        key, _, value = part.partition(":")
        if value and key in ("modality", "family"):
            found = {each.name for each in REGISTRY if getattr(each, key) == value}
            if not found:
                known = sorted({getattr(each, key) for each in REGISTRY})
                raise ModelError(f"Unknown {key}. Received: {value!r}. Known: {', '.join(known)}.")
            chosen |= found
        else:
            chosen.add(entry(part).name)
    return [each for each in REGISTRY if each.name in chosen]
