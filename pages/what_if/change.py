"""What an edit changes, in words."""

from pages.classify.answer import Answer
from rakuten_core.language import _
from rakuten_core.presentation.charts import chance
from rakuten_core.taxonomy import CODES


def change_in_words(before: Answer, after: Answer) -> str:
    """Return what became of the answer."""
    first, second = before.classification, after.classification
    if first is None or second is None:
        return _("Nothing to compare yet.")
    old, new = first.best, second.best
    if old.product_type is new.product_type:
        if before.content == after.content:
            return _("Nothing is changed yet: it is **{type}**, {chance}.").format(
                type=old.product_type.label, chance=chance(old.probability)
            )
        return _("It stays **{type}**: {before} before, {after} now.").format(
            type=old.product_type.label,
            before=chance(old.probability),
            after=chance(new.probability),
        )
    return _(
        "It becomes **{new}** ({after}) instead of **{old}** ({before} before, {left} now)."
    ).format(
        new=new.product_type.label,
        old=old.product_type.label,
        before=chance(old.probability),
        after=chance(new.probability),
        left=chance(_still(after, CODES.index(old.product_type.code))),
    )


def _still(answer: Answer, kind: int) -> float:
    """Return what is left of a type's probability; 0 where it is not among the first."""
    assert answer.classification is not None
    for each in answer.classification.ranking:
        if CODES.index(each.product_type.code) == kind:
            return each.probability
    return 0.0
