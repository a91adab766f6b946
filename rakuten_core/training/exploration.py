"""What the data is like: a catalogue in, small tables in `assets/statistics/` out.

Each part has its own entry in the manifest, because they may come from different data: `target`
(labels), `text` (what the challenge's texts are like), `training_texts` (what the models are
trained and tested on, which may be cut or lower-cased), `images`, and `channels` (of the image
network that answers).
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core.assets import (
    DATA_PARTS,
    STATISTICS_FOLDER,
    STATISTICS_MANIFEST,
    STATISTICS_PARTS,
    Assets,
    library_versions,
)
from rakuten_core.data.catalog import Catalog, read_target
from rakuten_core.data.photos import Photos
from rakuten_core.errors import CatalogError, RakutenError
from rakuten_core.files import key_of, read_json, replacing, sha256_of, write_arrays, write_json
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.measures import SIZE, WHITE, PhotoStatistics, photo_statistics
from rakuten_core.inference.classifier import Classifier
from rakuten_core.language import N_, _
from rakuten_core.taxonomy import CODES
from rakuten_core.text.language_detection import LANGUAGE_CHARACTERS, detect_language
from rakuten_core.text.markup import plain_text
from rakuten_core.text.original_form import TextForm
from rakuten_core.text.preparation import plain_words, prepare
from rakuten_core.training.channels import channel_tables
from rakuten_core.training.checkpoints import Checkpoints
from rakuten_core.training.context import Context

MINIMUM_PRODUCTS = 5
"""A word is kept if this many products have it: no table can give a product's text away."""
MOMENTS_SIDE = 64
_CHUNK = 1024
_SUMS = ("counts", "sums", "squares")
_PHOTO_COLUMNS = [
    "productid",
    "code",
    *(field.name for field in fields(PhotoStatistics)),
    "kilobytes",
]


def explore(
    catalog: Catalog,
    assets: Assets,
    work: Path,
    parts: Collection[str] = DATA_PARTS,
    white: int = WHITE,
) -> None:
    """Compute the chosen parts and write their tables and the manifest.

    Args:
        catalog: the products.
        assets: where `statistics/` is written; `channels` needs the models that answer there.
        work: a folder for checkpoints; interrupted work on photos goes on from there.
        parts: of `assets.STATISTICS_PARTS`.
        white: level from which on a pixel counts as white.

    Raises:
        CatalogError: a part is unknown, or the data has nothing for it.
        AssetError: `channels` without trained models.
    """
    unknown = set(parts) - set(STATISTICS_PARTS)
    if unknown:
        raise CatalogError(
            _("Unknown part: {unknown}. Known: {known}.").format(
                unknown=", ".join(sorted(unknown)), known=", ".join(STATISTICS_PARTS)
            )
        )
    folder = assets.root / STATISTICS_FOLDER
    for part in parts:
        if part == "target":
            tables, facts = _target(catalog)
        elif part in ("text", "training_texts"):
            tables, facts = _texts(catalog, part)
        elif part == "images":
            tables, facts = _images(catalog, work, white)
        else:
            network = Classifier.load(assets.root).looking
            tables, facts = channel_tables(Context(catalog, assets, work), network)
        for name, content in tables.items():
            if not isinstance(content, pd.DataFrame):
                write_arrays(folder / name, content)
                continue
            with replacing(folder / name) as temporary:
                content.to_parquet(temporary, index=False, compression="zstd")
        manifest = (
            read_json(folder / STATISTICS_MANIFEST)
            if (folder / STATISTICS_MANIFEST).is_file()
            else {}
        )
        entry = {
            "fingerprint": catalog.fingerprint,
            "date": datetime.now(UTC).date().isoformat(),
            "libraries": library_versions(),
            "files": {name: sha256_of(folder / name) for name in tables},
        }
        write_json(folder / STATISTICS_MANIFEST, manifest | {part: entry | facts})


def _target(catalog: Catalog) -> tuple[dict[str, Any], dict[str, Any]]:
    # All labels of the file: a partial copy of the data may have them without their products.
    codes = read_target(catalog.directory)
    counts = codes.value_counts().reindex(CODES, fill_value=0)
    table = pd.DataFrame({"code": CODES, "products": counts.to_numpy()})
    return {"target.parquet": table}, {"rows": len(codes)}


def _texts(catalog: Catalog, part: str) -> tuple[dict[str, Any], dict[str, Any]]:
    products = catalog.products
    if not ((products["designation"] != "") | (products["description"] != "")).any():
        raise CatalogError(
            _("{directory} has no product with a text.").format(directory=catalog.directory)
        )
    lengths: Counter[tuple] = Counter()
    languages: Counter[tuple] = Counter()
    # Per form and type, how often each word stands; per form, in how many products.
    words: dict[tuple[str, int], Counter] = {}
    spread: dict[str, Counter] = {"before": Counter(), "after": Counter()}
    present: Counter[tuple] = Counter()
    names = ("prdtypecode", "designation", "description")
    columns = (products[name] for name in names)
    rows = tqdm(
        zip(*columns, strict=True), _("Texts"), len(products), unit="product", mininterval=1
    )
    for code, title, description in rows:
        present[code, "products"] += 1
        plain = {"title": plain_text(title), "description": plain_text(description)}
        for field, text in plain.items():
            if text:
                present[code, field] += 1
                lengths[code, field, "words", len(text.split())] += 1
                lengths[code, field, "characters", len(text)] += 1
        joined = f"{plain['title']} {plain['description']}".strip()
        if not joined:
            continue
        languages[code, detect_language(joined[:LANGUAGE_CHARACTERS]).code or "none"] += 1
        for form, found in (
            ("before", plain_words(joined)),
            ("after", prepare(title, description).split()),
        ):
            words.setdefault((form, code), Counter()).update(found)
            spread[form].update(set(found))
    fields = ("products", "title", "description")
    tables: dict[str, Any] = {
        "lengths.parquet": _counted(lengths, "code", "field", "measure", "value", "products"),
        "present.parquet": pd.DataFrame(
            [[code, *(present[code, name] for name in fields)] for code in CODES],
            columns=["code", *fields],
        ),
        "languages.parquet": _counted(languages, "code", "language", "products"),
        "words.parquet": _frequent_words(words, spread),
    }
    if part == "training_texts":
        tables = {f"training_{name}": table for name, table in tables.items()}
        tables["test_texts.parquet"] = _test_texts(catalog)
    return tables, {
        "rows": len(products),
        "form": asdict(
            TextForm.of(products["designation"].tolist(), products["description"].tolist())
        ),
        "words": _total(words, "before"),
        "language_detector": N_("langid, first 300 characters of title and description"),
        "minimum_products_of_a_word": MINIMUM_PRODUCTS,
    }


def _test_texts(catalog: Catalog) -> pd.DataFrame:
    """Return language and lengths of the test products' texts, by which errors are sliced."""
    rows = []
    tested = catalog.select("test")
    columns = (tested[name] for name in ("productid", "designation", "description"))
    for productid, *texts in zip(*columns, strict=True):
        title, description = map(plain_text, texts)
        joined = f"{title} {description}".strip()
        language = detect_language(joined[:LANGUAGE_CHARACTERS]).code
        rows.append((productid, language, len(title.split()), len(description.split())))
    names = ["productid", "language", "title_words", "description_words"]
    return pd.DataFrame(rows, columns=names)


def _counted(counter: Counter[tuple], *columns: str) -> pd.DataFrame:
    """Return the keys of a counter and how often each was counted."""
    return pd.DataFrame([(*key, count) for key, count in sorted(counter.items())], columns=columns)


def _total(words: dict[tuple[str, int], Counter], form: str) -> int:
    """Return how many words there are in all texts, rare ones too."""
    return sum(counter.total() for (each, _code), counter in words.items() if each == form)


def _frequent_words(
    words: dict[tuple[str, int], Counter], spread: dict[str, Counter]
) -> pd.DataFrame:
    """Return the counts of the words that enough products hold."""
    kept = [
        (form, code, word, count)
        for (form, code), counter in sorted(words.items())
        for word, count in sorted(counter.items())
        if spread[form][word] >= MINIMUM_PRODUCTS
    ]
    return pd.DataFrame(kept, columns=["form", "code", "word", "count"])


def _images(catalog: Catalog, work: Path, white: int) -> tuple[dict[str, Any], dict[str, Any]]:
    products = catalog.products[catalog.products["photo"].notna()]
    if products.empty:
        raise CatalogError(
            _(
                "{directory} has no photo. Photos are expected in images/image_train/ or "
                "images.zip."
            ).format(directory=catalog.directory)
        )
    key = key_of(catalog.fingerprint, white, SIZE, MOMENTS_SIDE)
    checkpoints = Checkpoints(work / "checkpoints" / f"explore-{key}")
    parts: list[pd.DataFrame] = []
    sums_of: dict[str, Any] = dict.fromkeys(_SUMS, 0.0)
    bar = tqdm(total=len(products), desc=_("Photos"), unit="photo", mininterval=1)
    with bar, ThreadPoolExecutor() as pool:
        for start in range(0, len(products), _CHUNK):
            chunk = products.iloc[start : start + _CHUNK]
            measured = checkpoints.arrays(
                f"from{start}",
                partial(_measure_photos, catalog.photos, chunk, white, pool, bar),
            )
            parts.append(pd.DataFrame({name: measured[name] for name in _PHOTO_COLUMNS}))
            for name in _SUMS:
                sums_of[name] = sums_of[name] + measured[name]
            bar.n = min(start + _CHUNK, len(products))
            bar.refresh()
    table = pd.concat(parts, ignore_index=True)
    if table.empty:
        raise CatalogError(
            _("None of the photos of {directory} can be decoded.").format(
                directory=catalog.directory
            )
        )
    # The last row is over all types.
    counts, sums, squares = (
        np.concatenate([sums_of[name], sums_of[name].sum(axis=0, keepdims=True)]) for name in _SUMS
    )
    divisor = np.maximum(counts, 1)[:, None, None, None]
    mean = sums / divisor
    variance = np.maximum(squares / divisor - mean**2, 0).mean(axis=3)
    moments = {
        "counts": counts,
        "mean": np.rint(mean).astype(np.uint8),
        "variance": variance.astype(np.float16),
    }
    facts = {"rows": len(table), "white": white, "size": SIZE}
    return {"photos.parquet": table, "moments.npz": moments}, facts


def _measure_photos(
    photos: Photos, products: pd.DataFrame, white: int, pool: ThreadPoolExecutor, bar: tqdm
) -> dict[str, np.ndarray]:
    """Return the figures of each photo, and the sums that mean and variance images come from."""
    counts = np.zeros(len(CODES))
    sums = np.zeros((len(CODES), MOMENTS_SIDE, MOMENTS_SIDE, 3))
    squares = np.zeros_like(sums)
    rows = []

    def measure(name: str) -> tuple[dict[str, float], np.ndarray] | None:
        try:
            content = photos.read(name)
            image = decode_image(content)
        except RakutenError as error:
            warnings.warn(
                _("{name} is left out: {error}").format(name=name, error=error), stacklevel=2
            )
            return None
        facts = asdict(photo_statistics(image, white)) | {"kilobytes": len(content) / 1000}
        return facts, to_square(image, MOMENTS_SIDE)

    measured: Iterator = pool.map(measure, products["photo"])
    keys = zip(products["productid"], products["prdtypecode"], strict=True)
    for (productid, code), answer in zip(keys, measured, strict=True):
        bar.update()
        if answer is None:
            continue
        facts, small = answer
        rows.append({"productid": productid, "code": code} | facts)
        position = CODES.index(code)
        pixels = small.astype(np.float64)
        counts[position] += 1
        sums[position] += pixels
        squares[position] += pixels**2
    table = pd.DataFrame(rows, columns=_PHOTO_COLUMNS)
    columns = {
        name: values.to_numpy(np.int64 if name in ("productid", "code") else np.float32)
        for name, values in table.items()
    }
    return columns | {"counts": counts, "sums": sums, "squares": squares}
