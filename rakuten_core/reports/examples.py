"""The made-up products to try, in `assets/examples/`."""

from dataclasses import dataclass
from functools import cache

from rakuten_core.assets import DEFAULT_ROOT
from rakuten_core.errors import AssetError
from rakuten_core.files import read_json
from rakuten_core.language import _, language


@dataclass(frozen=True)
class Example:
    """A made-up product to try.

    Attributes:
        names: what it is called, by language.
        title: in French.
        description: in French; may be empty.
        picture: the bytes of its drawing, or None.
        code: of the type that it was made for; None where its text does not tell.
        hard: whether the models may well be wrong: it is announced as such.
    """

    names: dict[str, str]
    title: str
    description: str
    picture: bytes | None
    code: int | None = None
    hard: bool = False

    @property
    def key(self) -> str:
        """Its name in every language."""
        return self.names["en"]

    @property
    def name(self) -> str:
        """What it is called in the current language; a hard one is called so."""
        name = self.names["fr"] if language() == "fr" else _(self.key)
        return _("Hard: {name}").format(name=name) if self.hard else name


@cache
def examples() -> tuple[Example, ...]:
    """Return the examples.

    Raises:
        AssetError: they are missing or damaged.
    """
    folder = DEFAULT_ROOT / "examples"
    try:
        return tuple(
            Example(
                names=record["name"],
                title=record["title"],
                description=record.get("description", ""),
                picture=(folder / record["picture"]).read_bytes() if "picture" in record else None,
                code=record.get("code"),
                hard=record.get("hard", False),
            )
            for record in read_json(folder / "examples.json")
        )
    except (OSError, KeyError, TypeError) as error:
        raise AssetError(
            _(
                "The examples in {folder} cannot be read ({error}). Restore them from the "
                "repository."
            ).format(folder=folder, error=error)
        ) from error


def example(key: str) -> Example:
    """Return one example by its key.

    Raises:
        AssetError: there is none of that key, or the examples are missing or damaged.
    """
    for each in examples():
        if each.key == key:
            return each
    raise AssetError(
        _("There is no example {key}. Known: {known}.").format(
            key=repr(key), known=", ".join(each.key for each in examples())
        )
    )
