"""Made-up products that belong to none of the 27 types, to measure whether they are noticed."""

from __future__ import annotations

import itertools

import numpy as np

from rakuten_core.errors import CatalogError
from rakuten_core.language import _

# What is sold, in what make, and how it is: every combination is a title.
_KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "phone accessory": (
        ("Coque", "Étui à rabat", "Verre trempé", "Chargeur rapide"),
        ("iPhone 12", "Samsung Galaxy S21", "Xiaomi Redmi Note 10", "Huawei P30"),
        ("silicone", "noir", "antichoc transparent"),
    ),
    "clothing": (
        ("Jean slim", "Robe d'été", "Chemise", "Pull col roulé", "Veste en cuir"),
        ("homme", "femme", "grande taille"),
        ("bleu taille 40", "coton bio", "coupe droite stretch"),
    ),
    "shoes": (
        ("Bottines", "Escarpins", "Mocassins", "Baskets de ville"),
        ("en cuir véritable", "en daim"),
        ("pointure 38 talon 5 cm", "pointure 43 semelle gomme"),
    ),
    "car": (
        ("Renault Clio", "Peugeot 308", "Volkswagen Golf", "Citroën C3"),
        ("1.5 dCi 90", "essence 110 ch", "hybride"),
        ("2018 85 000 km première main", "boîte automatique, contrôle technique ok"),
    ),
    "car part": (
        ("Plaquettes de frein", "Filtre à huile", "Alternateur", "Essuie-glace"),
        ("Renault Mégane", "BMW Série 3", "Ford Fiesta"),
        ("avant", "origine constructeur"),
    ),
    "contract": (
        ("Contrat d'assurance", "Mutuelle santé", "Crédit immobilier", "Forfait mobile 100 Go"),
        ("sans engagement", "famille", "jeunes actifs"),
        ("tous risques", "devis gratuit en ligne"),
    ),
    "animal": (
        ("Chaton", "Chiot", "Cheval", "Lapin nain"),
        ("Maine Coon", "de race", "à adopter"),
        ("vacciné et pucé", "né en mars, très câlin"),
    ),
    "home for sale": (
        ("Appartement T3", "Maison de ville", "Studio meublé", "Terrain constructible"),
        ("Lyon 7e", "centre-ville Nantes", "proche métro"),
        ("65 m² avec balcon", "à louer 750 euros charges comprises"),
    ),
    "job": (
        ("Offre d'emploi comptable", "Recrute infirmier", "Stage développeur web"),
        ("CDI", "temps partiel", "alternance"),
        ("Paris, salaire selon expérience", "débutant accepté, prise de poste immédiate"),
    ),
    "cosmetics": (
        ("Eau de parfum", "Rouge à lèvres mat", "Crème anti-rides", "Shampooing"),
        ("vanille", "peau sensible", "longue tenue"),
        ("50 ml", "sans paraben"),
    ),
    "medicine": (
        ("Paracétamol", "Sirop pour la toux", "Vitamine D3", "Probiotiques"),
        ("1000 mg", "adulte"),
        ("boîte de 30 gélules", "sur ordonnance"),
    ),
    "jewellery": (
        ("Bague solitaire", "Montre automatique", "Collier", "Boucles d'oreilles"),
        ("or 18 carats", "argent 925", "acier inoxydable"),
        ("oxyde de zirconium", "bracelet ajustable femme"),
    ),
    "large appliance": (
        ("Lave-linge hublot", "Réfrigérateur combiné", "Four encastrable", "Sèche-linge"),
        ("Bosch", "Whirlpool", "Samsung"),
        ("classe A+++ 8 kg", "pyrolyse inox"),
    ),
    "computer": (
        ("Ordinateur portable", "Barrette mémoire DDR4", "SSD", "Carte graphique"),
        ("16 Go", "512 Go"),
        ("Intel Core i7 15,6 pouces", "NVMe M.2 garanti 2 ans"),
    ),
    "television": (
        ("Téléviseur OLED", "Barre de son", "Casque bluetooth", "Enceinte connectée"),
        ("55 pouces", "réduction de bruit"),
        ("4K HDR Smart TV", "autonomie 30 heures"),
    ),
    "musical instrument": (
        ("Guitare folk", "Piano numérique 88 touches", "Violon 4/4", "Saxophone alto"),
        ("débutant", "professionnel"),
        ("avec housse et accordeur", "table épicéa massif"),
    ),
    "travel": (
        ("Billet d'avion", "Séjour tout compris", "Location de voiture", "Croisière"),
        ("Paris Rome", "Canaries"),
        ("aller-retour 2 personnes", "7 nuits départ en juin"),
    ),
}


def outsiders(count: int = 340, seed: int = 0) -> list[tuple[str, str]]:
    """Return made-up products, each a kind and a French title, of all kinds in equal parts.

    Args:
        count: how many.
        seed: of the draw.

    Raises:
        CatalogError: there are not so many.
    """
    generator = np.random.default_rng(seed)
    drawn: list[list[tuple[str, str]]] = []
    for kind, parts in _KINDS.items():
        titles = [" ".join(words) for words in itertools.product(*parts)]
        drawn.append([(kind, titles[place]) for place in generator.permutation(len(titles))])
    # One of each kind, then another of each: the first `count` are of all kinds.
    rounds = itertools.zip_longest(*drawn)
    found = [each for products in rounds for each in products if each is not None]
    if count > len(found):
        raise CatalogError(
            _("There are {found} made-up products. Asked for: {count}.").format(
                found=len(found), count=count
            )
        )
    return found[:count]
