"""What is known of a model: what it is called, what it reads, how it is trained and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


FROM_SCRATCH = "from scratch"
"""Value of `weights` in the manifest of a network that did not start from pre-trained ones."""


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
