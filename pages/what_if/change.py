"""What an edit changes, in words."""

from pages.classify.answer import Answer
from rakuten_core.language import _
from rakuten_core.presentation.charts import chance


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
    left = next((each for each in second.ranking if each.product_type is old.product_type), None)
    still = _("not among the first {count} now").format(count=len(second.ranking))
    if left is not None:
        still = _("{left} now").format(left=chance(left.probability))
    return _(
        "It becomes **{new}** ({after}) instead of **{old}** ({before} before, {still})."
    ).format(
        new=new.product_type.label,
        old=old.product_type.label,
        before=chance(old.probability),
        after=chance(new.probability),
        still=still,
    )
