"""The 27 product types of the challenge, their labels and the seven domains that group them."""

from dataclasses import dataclass
from enum import Enum

from rakuten_core.errors import CatalogError
from rakuten_core.language import _, language


class Domain(Enum):
    """A group of related product types, in the fixed order in which charts show them.

    The colours are the colour-blind-safe palette of Okabe and Ito (2008), with a neutral grey for
    the mixed domain. `.streamlit/config.toml` repeats them as the theme's categorical colours.
    """

    BOOKS = ("Livres", "Books", "#0072B2")
    GAMING = ("Gaming", "Gaming", "#CC79A7")
    TOYS = ("Jouets", "Toys", "#E69F00")
    EQUIPMENT = ("Équipement", "Equipment", "#009E73")
    FURNITURE = ("Mobilier", "Furniture", "#D55E00")
    DECORATION = ("Décoration", "Decoration", "#56B4E9")
    BAZAAR = ("Bazar", "Bazaar", "#8A8F98")

    def __init__(self, french: str, english: str, color: str) -> None:
        self.french = french
        self.english = english
        self.color = color

    @property
    def label(self) -> str:
        """Its name in the current language."""
        return self.french if language() == "fr" else _(self.english)


@dataclass(frozen=True)
class ProductType:
    """One of the 27 classes.

    Attributes:
        code: the challenge's `prdtypecode`.
        study_label: the short French label of the 2022 study.
        french: a French label that says what is really in it, at most 30 characters.
        english: the same in English.
        domain: the group that it belongs to.
    """

    code: int
    study_label: str
    french: str
    english: str
    domain: Domain

    @property
    def label(self) -> str:
        """What is really in it, in the current language."""
        return self.french if language() == "fr" else _(self.english)


PRODUCT_TYPES: tuple[ProductType, ...] = (
    ProductType(10, "Livre d'occasion", "Livres d'occasion", "Second-hand books", Domain.BOOKS),
    ProductType(
        40,
        "Jeu Console",
        "Jeux vidéo et accessoires",
        "Video games and accessories",
        Domain.GAMING,
    ),
    ProductType(
        50, "Accessoire Console", "Accessoires de console", "Console accessories", Domain.GAMING
    ),
    ProductType(60, "Tech", "Consoles de jeu", "Game consoles", Domain.GAMING),
    ProductType(
        1140, "Figurine", "Figurines et produits dérivés", "Figurines and merchandise", Domain.TOYS
    ),
    ProductType(1160, "Carte collect.", "Cartes à collectionner", "Trading cards", Domain.TOYS),
    ProductType(
        1180,
        "Jeu Plateau",
        "Jeux de rôle et de plateau",
        "Role-playing and miniatures",
        Domain.TOYS,
    ),
    ProductType(
        1280,
        "Déguisement",
        "Jouets et déguisements",
        "Toys and costumes",
        Domain.TOYS,
    ),
    ProductType(
        1281,
        "Boite de jeu",
        "Jeux de société et éducatifs",
        "Board and educational games",
        Domain.TOYS,
    ),
    ProductType(
        1300,
        "Jouet Tech",
        "Modélisme et radiocommande",
        "Models and remote control",
        Domain.TOYS,
    ),
    ProductType(
        1301,
        "Chaussette",
        "Chaussettes et accessoires",
        "Socks and small accessories",
        Domain.BAZAAR,
    ),
    ProductType(
        1302,
        "Gadget",
        "Jeux et vêtements de plein air",
        "Outdoor toys and clothing",
        Domain.TOYS,
    ),
    ProductType(1320, "Bébé", "Puériculture", "Baby care and accessories", Domain.EQUIPMENT),
    ProductType(
        1560,
        "Salon",
        "Meubles d'intérieur et literie",
        "Furniture and mattresses",
        Domain.FURNITURE,
    ),
    ProductType(
        1920,
        "Chambre",
        "Linge de maison et coussins",
        "Bed linen and cushions",
        Domain.DECORATION,
    ),
    ProductType(1940, "Cuisine", "Alimentation et boissons", "Food and drink", Domain.BAZAAR),
    ProductType(
        2060,
        "Chambre enfant",
        "Décoration et luminaires",
        "Decoration and lights",
        Domain.DECORATION,
    ),
    ProductType(2220, "Animaux", "Accessoires pour animaux", "Pet accessories", Domain.EQUIPMENT),
    ProductType(2280, "Affiche", "Journaux et magazines", "Magazines and newspapers", Domain.BOOKS),
    ProductType(
        2403,
        "Revue",
        "Séries et lots de livres",
        "Book series and sets",
        Domain.BOOKS,
    ),
    ProductType(
        2462,
        "Jeu oldschool",
        "Jeux et consoles d'occasion",
        "Second-hand games and consoles",
        Domain.GAMING,
    ),
    ProductType(
        2522,
        "Bureautique",
        "Papeterie et bureau",
        "Stationery and office",
        Domain.BOOKS,
    ),
    ProductType(
        2582,
        "Décoration",
        "Mobilier et décor de jardin",
        "Garden furniture and decor",
        Domain.FURNITURE,
    ),
    ProductType(2583, "Aquatique", "Piscines et spas", "Pools and spas", Domain.EQUIPMENT),
    ProductType(
        2585,
        "Soin et Bricolage",
        "Bricolage et outils de jardin",
        "DIY and garden tools",
        Domain.EQUIPMENT,
    ),
    ProductType(2705, "Livre neuf", "Livres neufs", "New books", Domain.BOOKS),
    ProductType(2905, "Jeu PC", "Jeux PC à télécharger", "Downloadable PC games", Domain.GAMING),
)

CODES: tuple[int, ...] = tuple(product_type.code for product_type in PRODUCT_TYPES)
"""The 27 codes in ascending order: the order of every probability vector in the project."""

_BY_CODE = {product_type.code: product_type for product_type in PRODUCT_TYPES}


def product_type(code: int) -> ProductType:
    """Return the product type of a `prdtypecode`.

    Raises:
        CatalogError: the code is not one of the 27.
    """
    try:
        return _BY_CODE[int(code)]
    except (KeyError, ValueError, TypeError):
        known = ", ".join(str(known_code) for known_code in CODES)
        raise CatalogError(
            _("Unknown product type code. Received: {code}. Known codes: {known}.").format(
                code=repr(code), known=known
            )
        ) from None


def types_by_domain() -> list[ProductType]:
    """Return the 27 product types grouped by domain, in the domains' fixed order."""
    order = list(Domain)
    return sorted(PRODUCT_TYPES, key=lambda each: (order.index(each.domain), each.code))


def label_of(code: int) -> str:
    """Return `10 Second-hand books`, `10 Livres d'occasion`: the code and the label."""
    return f"{code} {product_type(code).label}"


def codes_of(domain: Domain | None) -> list[int]:
    """Return the codes of a domain, or all."""
    return [each.code for each in PRODUCT_TYPES if domain in (None, each.domain)]
