"""A tiny made-up catalogue in the challenge's layout, for tests and for trying the pipeline.

Every word and every picture is the project's own. Each product type has a few words and a drawing
of its own, so that the models have something to learn, and shares other words with its neighbours,
so that they also err.
"""

import csv
import math
import random
import shutil
from pathlib import Path

from PIL import Image, ImageDraw

from rakuten_core.data.catalog import (
    PHOTO_FOLDERS,
    PRODUCT_COLUMNS,
    PRODUCT_FILES,
    TARGET_FILES,
)
from rakuten_core.data.photos import photo_name
from rakuten_core.errors import CatalogError
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES

_WORDS: dict[int, str] = {
    10: "livre ancien roman reliure occasion poche édition usagé récit broché",
    40: "jeu vidéo console import japonais aventure course cartouche zone niveau",
    50: "manette câble chargeur housse console protection station casque support recharge",
    60: "console portable salon disque dur pack bundle écran gigaoctets édition",
    1140: "figurine statuette résine collection héros socle vinyle peinte manga buste",
    1160: "carte collection rare brillante booster dresseur holographique deck série duel",
    1180: "plateau stratégie miniatures armée dés donjon règles peinture soldats extension",
    1280: "poupée peluche déguisement jouet enfant costume marionnette princesse doudou",
    1281: "puzzle société éducatif pièces famille mémoire apprendre quiz bois lettres",
    1300: "drone radiocommandé maquette hélicoptère voiture moteur batterie échelle circuit",
    1301: "chaussettes coton bébé bottines antidérapantes chaussons paire tricot fléchettes",
    1302: "trampoline balançoire extérieur toboggan maillot sport ballon corde plein air",
    1320: "poussette biberon bébé couche siège landau naissance tétine baignoire maman",
    1560: "canapé table fauteuil matelas armoire tiroir chêne salon meuble rangement",
    1920: "coussin drap housse couette rideau oreiller taie linge satin plaid",
    1940: "café thé chocolat sachet sucre biscuit épices sirop capsules gourmand",
    2060: "lampe guirlande applique décoration murale sticker miroir vase horloge tableau",
    2220: "chien chat laisse collier litière gamelle harnais aquarium niche croquettes",
    2280: "journal magazine numéro hebdomadaire presse revue mensuel gazette actualité illustré",
    2403: "tome série lot partitions volumes intégrale bande dessinée album coffret",
    2462: "lot jeux rétro occasion consoles manettes anciennes cartouches testé complet",
    2522: "cahier stylo papier classeur enveloppe bureau agenda crayon feuilles encre",
    2582: "jardin parasol tonnelle chaise extérieur hamac salon terrasse pergola jardinière",
    2583: "piscine spa pompe filtration bâche chlore robot gonflable liner échelle",
    2585: "perceuse outil tondeuse vis marteau tuyau scie arrosage établi clé",
    2705: "nouveau roman essai auteur parution biographie guide histoire chapitre éditeur",
    2905: "téléchargement code activation numérique licence clé windows extension jeu saison",
}
_SHARED = "blanc noir bleu rouge grand petit neuf qualité pratique original lot modèle cadeau"
_SENTENCES = (
    "Très pratique pour la maison.",
    "Livr&eacute; dans son emballage d&#39;origine.",
    "<p>Dimensions : <b>{a} x {b} cm</b></p>",
    "Couleur : {color}.<br>Mati&egrave;re solide.",
    "Ideal for every day, easy to use.",
    "<ul><li>Garantie {a} mois</li><li>R&eacute;f. {b}</li></ul>",
)


def write_sample(directory: Path, per_type: int = 14, image_size: int = 96, seed: int = 0) -> int:
    """Write a catalogue of `27 * per_type` products with drawn photos, and one test product a type.

    About a third of the descriptions, one photo in eight and one title in thirty are missing.

    Args:
        directory: a folder that does not exist yet, or is empty.
        per_type: products of each type in the training part.
        image_size: side of the drawn photos in pixels.
        seed: the same seed gives the same files.

    Returns:
        The number of products in the training part.

    Raises:
        CatalogError: the folder holds something already.
    """
    if directory.exists() and any(directory.iterdir()):
        raise CatalogError(
            _("{directory} is not empty. Name a folder that does not exist yet.").format(
                directory=directory
            )
        )
    existed = directory.exists()
    try:
        generator = random.Random(seed)
        codes = [code for code in CODES for _ in range(per_type)]
        generator.shuffle(codes)
        _write_part(directory, "train", codes, image_size, generator)
        _write_part(directory, "test", list(CODES), image_size, generator)
    except BaseException:
        if not existed:
            shutil.rmtree(directory, ignore_errors=True)
        raise
    return len(codes)


def _write_part(
    directory: Path, part: str, codes: list[int], image_size: int, generator: random.Random
) -> None:
    photos = directory / "images" / PHOTO_FOLDERS[part]
    photos.mkdir(parents=True)
    identifiers = generator.sample(range(10**6, 10**9), 2 * len(codes))
    rows = []
    for index, code in enumerate(codes):
        productid, imageid = identifiers[2 * index], identifiers[2 * index + 1]
        has_photo = generator.random() >= 1 / 8
        # A product keeps its title when it has no photo: nothing else would be known of it.
        has_title = not has_photo or generator.random() >= 1 / 30
        has_description = has_title and generator.random() >= 0.35
        title = _title(code, generator) if has_title else ""
        description = _description(code, generator) if has_description else ""
        rows.append((index, title, description, productid, imageid))
        if has_photo:
            picture = draw_product(code, image_size, generator)
            picture.save(photos / photo_name(imageid, productid), quality=90)
    _write_csv(directory / PRODUCT_FILES[part], ("", *PRODUCT_COLUMNS), rows)
    if part in TARGET_FILES:
        _write_csv(directory / TARGET_FILES[part], ("", "prdtypecode"), enumerate(codes))


def _write_csv(path: Path, header: tuple, rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _title(code: int, generator: random.Random) -> str:
    own = generator.sample(_WORDS[code].split(), 3)
    # One word in six comes from a neighbour: titles of related types overlap.
    if generator.random() < 1 / 2:
        own[-1] = generator.choice(_WORDS[generator.choice(CODES)].split())
    words = own + generator.sample(_SHARED.split(), 2)
    generator.shuffle(words)
    return " ".join(words).capitalize()


def _description(code: int, generator: random.Random) -> str:
    sentences = [" ".join(generator.sample(_WORDS[code].split(), 4)).capitalize() + "."]
    sentences += generator.sample(_SENTENCES, 2)
    values = {"a": generator.randint(5, 90), "b": generator.randint(5, 90), "color": "bleu"}
    return " ".join(sentences).format(**values)


def draw_product(code: int, size: int, generator: random.Random) -> Image.Image:
    """Draw a picture for a product type: a polygon or an ellipse of its own on white.

    The number of corners, the colour and the stripes follow from the type; place, scale and
    rotation are random.
    """
    kind = CODES.index(code)
    image = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(image)
    radius = size * generator.uniform(0.28, 0.42)
    center = [size / 2 + generator.uniform(-1, 1) * size * 0.06 for _ in range(2)]
    color = _color_of(kind, generator)
    if kind % 4 == 0:
        flatten = 0.4 + 0.1 * (kind % 5)
        draw.ellipse(
            (
                center[0] - radius,
                center[1] - radius * flatten,
                center[0] + radius,
                center[1] + radius * flatten,
            ),
            fill=color,
        )
    else:
        corners = 2 + kind % 4 + kind // 9
        turn = generator.uniform(-0.2, 0.2)
        draw.polygon(
            [
                (
                    center[0] + radius * math.cos(turn + 2 * math.pi * corner / corners),
                    center[1] + radius * math.sin(turn + 2 * math.pi * corner / corners),
                )
                for corner in range(max(3, corners))
            ],
            fill=color,
        )
    for stripe in range(kind % 3 + 1):
        height = center[1] + (stripe - 1) * size * 0.12
        draw.line((center[0] - radius, height, center[0] + radius, height), "white", size // 40 + 1)
    return image


def _color_of(kind: int, generator: random.Random) -> tuple[int, int, int]:
    jitter = generator.randint(-12, 12)

    def level(shift: float) -> int:
        wave = math.sin(2 * math.pi * (kind / len(PRODUCT_TYPES) + shift))
        return min(255, max(0, int(127 + 110 * wave) + jitter))

    return level(0), level(1 / 3), level(2 / 3)
