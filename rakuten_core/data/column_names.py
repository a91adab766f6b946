"""What a column's name says that it holds, in the words of the tools that shops export from.

Names of PrestaShop, WooCommerce, Shopify, Magento, Akeneo, Google Merchant, Amazon, Lengow and
Rakuten's seller files, in French and English, with or without a locale, an article, a number, or a
remark in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

from rakuten_core.text.markup import without_accents

_PRODUCT = (
    "produit produits product products article articles art item annonce offre offer listing objet"
)
_FRENCH = "fr fra fre francais francaise french"
_OTHER_LANGUAGE = "en eng anglais english gb us uk"
# Said of a column in any language, they do not change what it holds.
_IGNORED = (
    f"de du des d l la le les the of un une au a g be ch ca value ecommerce print mobile {_FRENCH}"
)


@dataclass(frozen=True)
class _Field:
    """The words that name one field of a product.

    Attributes:
        nouns: one of them has to stand in the name; the earlier a group, the surer.
        modifiers: may stand beside, and change nothing.
        lesser_modifiers: may stand beside, where no better column is there.
    """

    nouns: tuple[str, ...]
    modifiers: str = ""
    lesser_modifiers: str = ""


_FIELDS: dict[str, tuple[_Field, ...]] = {
    "designation": (
        _Field(
            ("designation", "title titre libelle lib intitule", "denomination name nom"),
            f"{_PRODUCT} commercial commerciale long longue complet complete full main principal"
            " vente web site",
            f"court courte short {_OTHER_LANGUAGE}",
        ),
    ),
    "description": (
        _Field(
            ("description descriptif desc body", "details detail texte text contenu content"),
            f"{_PRODUCT} long longue complete detaillee commerciale marketing html texte text full"
            " web site principale",
            f"court courte short {_OTHER_LANGUAGE}",
        ),
    ),
    "imageid": (_Field(("imageid idimage photoid idphoto",)),),
    "photo": (
        _Field(
            (
                "photo image picture img visuel photos images pictures pic pics",
                "filename fichier illustration",
            ),
            f"{_PRODUCT} url urls uri link lien vers src source main principal principale primary"
            " cover couverture file fichier filename name nom path chemin large grande base par"
            " defaut default featured first premiere adresse address href locator media location",
            f"small petite thumbnail miniature additional supplementaire {_OTHER_LANGUAGE}",
        ),
    ),
    "productid": (
        # “Seller ID” is the seller's: beside these words no other owner may stand.
        _Field(
            ("productid idproduit idproduct", "id identifiant identifier"),
            f"{_PRODUCT} unique variant variation interne internal custom url stock ean gtin sku"
            " ref",
            _OTHER_LANGUAGE,
        ),
        _Field(
            (
                "sku ugs",
                "reference ref",
                "handle asin ean gtin upc isbn mpn barcode",
                "code",
                "number numero no n",
            ),
            f"{_PRODUCT} unique variant variation interne internal seller vendeur numero number no"
            " code barre barres url stock custom client ean isbn gtin sku ref id objet",
            f"externe external parent fournisseur supplier {_OTHER_LANGUAGE}",
        ),
    ),
}
# Said of anything: only beside a word for the product do they name its id.
_NEED_THE_PRODUCT = frozenset({"number", "numero", "no", "n"})
TYPE_NAMES = ("prdtypecode", "typecode", "codetype", "producttypecode", "label", "class", "classe")
"""What a column of product types is called; its values have to be types too."""
_ALSO_TYPES = ("categorie", "category", "type", "producttype", "productcategory", "code")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\*")
_ALTERNATIVES = re.compile(r"[,/]")
_LONGEST = 200
_WORD = re.compile(r"[a-z]+|[0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@cache
def _vocabulary() -> frozenset[str]:
    """Return all words that are known, to take run-together names apart."""
    every = [_IGNORED, _OTHER_LANGUAGE]
    for field in chain.from_iterable(_FIELDS.values()):
        every += [*field.nouns, field.modifiers, field.lesser_modifiers]
    return _words(" ".join(every))


def _apart(word: str) -> list[str]:
    """Return the known words that a run-together word consists of, or the word itself."""
    if word in _vocabulary() or len(word) > 40:
        return [word]
    for end in range(len(word) - 2, 2, -1):
        if word[:end] in _vocabulary():
            rest = _apart(word[end:])
            if all(part in _vocabulary() and len(part) > 1 for part in rest):
                return [word[:end], *rest]
    return [word]


def _tokens(name: str) -> list[str]:
    plain = without_accents(_CAMEL.sub(" ", name)).lower()
    return [part for word in _WORD.findall(plain) for part in _apart(word)]


def _rank(tokens: Sequence[str], field: _Field) -> tuple[int, int, int] | None:
    """Return how well the words of a name fit a field, the lowest best; None if they do not."""
    said = [word for word in tokens if word not in _words(_IGNORED)]
    numbers = [int(word) for word in said if word.isdecimal()]
    said = [word for word in said if not word.isdecimal()]
    joined = "".join(said)
    for place, group in enumerate(field.nouns):
        nouns = _words(group)
        if joined in nouns:
            said = [joined]
        if not nouns & set(said):
            continue
        if nouns >= _NEED_THE_PRODUCT and not _words(_PRODUCT) & set(said):
            continue
        others = set(said) - nouns
        known = _words(field.modifiers) | _words(field.lesser_modifiers)
        # A number counts the columns of one kind: beside an id it would be something else.
        if others - known or len(numbers) > 1:
            return None
        # “Nom du produit” says more than “Nom”, which may be anybody's.
        surer = place - 1 if place and others & _words(_PRODUCT) else place
        return surer, len(others & _words(field.lesser_modifiers)), numbers[0] if numbers else 0
    return None


def _alternatives(name: str) -> list[list[str]]:
    """Return the words of a name without what is in brackets, and of each of its alternatives."""
    bare = _BRACKETS.sub(" ", name)
    found = [_tokens(part) for part in (bare, *_ALTERNATIVES.split(bare))]
    return [tokens for tokens in found if tokens] or [_tokens(name)]


@lru_cache(4096)
def _fits(name: str) -> dict[str, tuple[int, ...]]:
    """Return which fields a column's name fits, each with how well, the lowest best."""
    found: dict[str, tuple[int, ...]] = {}
    for place, tokens in enumerate(_alternatives(name)):
        for field, variants in _FIELDS.items():
            earlier = 0
            for words in variants:
                rank = _rank(tokens, words)
                if rank is not None:
                    found.setdefault(field, (rank[0] + earlier, *rank[1:], place))
                earlier += len(words.nouns)
        if found:
            break
    # “image id” is no picture, and no product's id.
    return {"imageid": found["imageid"]} if "imageid" in found else found


def columns_by_name(names: Sequence[str]) -> dict[str, str]:
    """Return which column holds which field of a product, as far as the names tell.

    A column of types is not among them: its name alone does not tell; see `may_hold_types`.
    """
    chosen: dict[str, str] = {}
    for field in _FIELDS:
        ranked = [
            (_fits(name[:_LONGEST])[field], place, name)
            for place, name in enumerate(names)
            if field in _fits(name[:_LONGEST]) and name not in chosen.values()
        ]
        if ranked:
            chosen[field] = min(ranked)[-1]
    return chosen


def may_hold_types(names: Sequence[str]) -> list[str]:
    """Return the columns whose name may be that of the product type, the likeliest first."""
    joined = {name: "".join(_tokens(_BRACKETS.sub(" ", name))) for name in names}
    known = (*TYPE_NAMES, *_ALSO_TYPES)
    found = [name for name in names if joined[name] in known]
    return sorted(found, key=lambda name: known.index(joined[name]))
