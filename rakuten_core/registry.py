"""Which models there are, which of them answer in the app, and what each stands on."""

from collections.abc import Iterable

from rakuten_core.errors import ModelError
from rakuten_core.language import _
from rakuten_core.model_entry import FAMILIES, MODALITIES, ModelEntry
from rakuten_core.own_models import OWN_MODELS
from rakuten_core.study_models import STUDY_MODELS

__all__ = ["ANSWERING", "FAMILIES", "LABEL_MODEL", "MODALITIES", "REGISTRY", "ModelEntry"]

REGISTRY: tuple[ModelEntry, ...] = tuple(
    model
    for modality in MODALITIES
    for model in (*STUDY_MODELS, *OWN_MODELS)
    if model.modality == modality
)
"""All models: those that read text, then photos, then both; the study's first."""

ANSWERING = "cascade"
"""The model that the app answers with: a fusion model, or a cascade that ends with one."""

LABEL_MODEL = "fusion_clip"
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
        _("Unknown model. Received: {name}. Known: {known}.").format(
            name=repr(name), known=", ".join(candidate.name for candidate in REGISTRY)
        )
    )


def label_of_model(name: str) -> str:
    """Return what people call a model, in the current language.

    Raises:
        ModelError: the name is unknown.
    """
    return entry(name).label


def modality_name(modality: str) -> str:
    """Return what `text`, `image` or `fusion` reads, in the current language."""
    return _(MODALITIES[modality])


def family_name(family: str) -> str:
    """Return whose method `machine learning`, `deep learning` or `own` is, likewise."""
    return _(FAMILIES[family])


def best() -> dict[str, str]:
    """Return the names of the models that answer in the app, by modality."""
    fusion = entry(ANSWERING)
    # The last stage of a cascade is a fusion model too.
    while entry(fusion.needs[-1]).modality == "fusion":
        fusion = entry(fusion.needs[-1])
    text, image = fusion.needs
    return {"text": text, "image": image, "fusion": ANSWERING}


def shipped() -> frozenset[str]:
    """Return the names of the models whose weights ship: those that the app answers with."""
    return frozenset(each.name for each in asked_by(ANSWERING))


def asked_by(name: str) -> list[ModelEntry]:
    """Return a model and all that it asks when it answers, directly or not.

    Raises:
        ModelError: the name is unknown.
    """
    found: set[str] = set()
    waiting = [name]
    while waiting:
        asked = waiting.pop()
        found.add(asked)
        waiting.extend(entry(asked).answers_with)
    return [each for each in REGISTRY if each.name in found]


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
        key, _colon, value = part.partition(":")
        if key not in ("modality", "family") or not value:
            chosen.add(entry(part).name)
            continue
        groups = {each.name: {each.modality, each.family} for each in REGISTRY}
        found = {name for name, values in groups.items() if value in values}
        if not found:
            known = ", ".join(sorted(set().union(*groups.values())))
            raise ModelError(
                _("Unknown {key}. Received: {value}. Known: {known}.").format(
                    key=key, value=repr(value), known=known
                )
            )
        chosen |= found
    return [each for each in REGISTRY if each.name in chosen]
