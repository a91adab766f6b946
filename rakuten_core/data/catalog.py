"""The challenge's files read into one validated table, and the split of its products."""

import hashlib
import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rakuten_core.data.photos import Photos, photo_name
from rakuten_core.errors import CatalogError
from rakuten_core.language import N_, _, number
from rakuten_core.taxonomy import CODES

PRODUCT_FILES = {"train": "X_train_update.csv", "test": "X_test_update.csv"}
TARGET_FILES = {"train": "Y_train_CVw08PX.csv"}
PHOTO_FOLDERS = {"train": "image_train", "test": "image_test"}
PRODUCT_COLUMNS = ("designation", "description", "productid", "imageid")

CHALLENGE_PRODUCTS = 84_916
"""Products of the challenge's complete training part."""
SPLITS = ("train", "validation", "test")
SPLIT_RULE = N_("SHA-256 of productid, 75/10/15")
_VALIDATION_STARTS, _TEST_STARTS = 0.75, 0.85


def split_of(productid: int) -> str:
    """Return `train` (75 %), `validation` (10 %) or `test` (15 %) for a product.

    The split is a function of the product alone: the first 32 bits of the SHA-256 of its decimal
    `productid`, read as a fraction. The same product falls on the same side on every machine and
    in every part of the data.
    """
    position = _position(productid, "")
    if position < _VALIDATION_STARTS:
        return "train"
    return "validation" if position < _TEST_STARTS else "test"


def fold_of(productid: int, folds: int) -> int:
    """Return a product's cross-validation fold (0 to `folds` - 1), independent of its split."""
    return int(_position(productid, "fold") * folds)


def _position(productid: int, salt: str) -> float:
    digest = hashlib.sha256(f"{salt}{int(productid)}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


@dataclass(frozen=True)
class Catalog:
    """One part of the challenge's data.

    Attributes:
        directory: the folder that it was read from.
        products: one row per product in the file's order, indexed by the challenge's index, with
            `designation` and `description` (str, empty where missing), `productid` and `imageid`
            (int64), `photo` (file name, or missing), `split` (`train`, `validation`, `test`) and,
            for the training part, `prdtypecode` (int64).
        photos: where the photos are read from.
        fingerprint: 16 hexadecimal digits that change when the tables or the set of photos change.
    """

    directory: Path
    products: pd.DataFrame
    photos: Photos
    fingerprint: str

    def select(self, split: str) -> pd.DataFrame:
        """Return the products of one split."""
        if split not in SPLITS:
            raise CatalogError(
                _("Unknown split. Received: {split}. Known: {splits}.").format(
                    split=repr(split), splits=", ".join(SPLITS)
                )
            )
        return self.products[self.products["split"] == split]

    def joined(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table of `productid`s with the `designation` and the `photo` of each product.

        Products that the catalogue does not hold have neither.
        """
        known = self.products.set_index("productid")
        return table.join(known[["designation", "photo"]], on="productid")


def read_catalog(
    directory: Path | str, part: str = "train", require: Collection[str] = ()
) -> Catalog:
    """Read a folder in the challenge's layout.

    A product may lack its description, its title or its photo, unless `require` says otherwise.

    Args:
        directory: holds `X_train_update.csv`, `Y_train_CVw08PX.csv` and `images/image_train/` or
            `images.zip` (the official names), or `X_test_update.csv` and `images/image_test/`.
        part: `train` or `test`; the test part has no target.
        require: what every product must have: any of `designation`, `description`, `photo`.

    Raises:
        CatalogError: a file is missing, truncated or of another form, or holds a wrong value; the
            message names the file, the row and the column.
    """
    directory = Path(directory)
    _check_arguments(part, require)
    path = directory / PRODUCT_FILES[part]
    content = _read_file(path)
    digest = hashlib.sha256(content)
    products = _parse(content, path, PRODUCT_COLUMNS)
    for column in ("productid", "imageid"):
        products[column] = _integers(products[column], path, column)
    repeated = products["productid"].duplicated().to_numpy()
    if repeated.any():
        raise _row_error(path, repeated, "productid", products["productid"], _("stands twice"))

    if part in TARGET_FILES:
        target_path = directory / TARGET_FILES[part]
        content = _read_file(target_path)
        digest.update(content)
        products["prdtypecode"] = _join_target(products, path, content, target_path)

    photos = Photos(directory / "images" / PHOTO_FOLDERS[part], directory / "images.zip")
    names = [
        photo_name(imageid, productid)
        for imageid, productid in zip(products["imageid"], products["productid"], strict=True)
    ]
    products["photo"] = pd.Series(names, index=products.index, dtype="string").where(
        [name in photos.names for name in names]
    )
    digest.update("\n".join(sorted(photos.names)).encode())
    products["split"] = pd.Categorical(
        [split_of(productid) for productid in products["productid"]], categories=SPLITS
    )

    for column in require:
        values = products[column].fillna("")
        empty = (values.str.strip() == "").to_numpy()
        if empty.any():
            raise _row_error(
                path, empty, column, products["productid"], _("is missing, for product")
            )
    return Catalog(directory, products, photos, digest.hexdigest()[:16])


def _check_arguments(part: str, require: Collection[str]) -> None:
    """Raise a CatalogError where the part or a requirement is unknown."""
    if part not in PRODUCT_FILES:
        raise CatalogError(
            _("Unknown part. Received: {part}. Known: {product_files}.").format(
                part=repr(part), product_files=", ".join(PRODUCT_FILES)
            )
        )
    if unknown := set(require) - {"designation", "description", "photo"}:
        known = _("Known: designation, description, photo.")
        raise CatalogError(
            _("Unknown requirement: {requirements}. {known}").format(
                requirements=", ".join(sorted(unknown)), known=known
            )
        )


def read_target(directory: Path | str) -> pd.Series:
    """Return every label of a folder's target file, int64 by the challenge's index.

    A partial copy of the data may hold labels of products that it lacks.

    Raises:
        CatalogError: the file is missing or of another form, or holds an unknown code.
    """
    path = Path(directory) / TARGET_FILES["train"]
    return _parse_target(_read_file(path), path)


def _read_file(path: Path) -> bytes:
    if not path.is_file():
        raise CatalogError(
            _(
                "{path} is missing. The folder must have the challenge's layout: {products}, "
                "{targets} and images/."
            ).format(
                path=path,
                products=", ".join(PRODUCT_FILES.values()),
                targets=", ".join(TARGET_FILES.values()),
            )
        )
    return path.read_bytes()


def _parse(content: bytes, path: Path, columns: Collection[str]) -> pd.DataFrame:
    """Return the file's columns as text (missing values empty), indexed by its first column."""
    try:
        table = pd.read_csv(
            io.BytesIO(content), dtype="string", keep_default_na=False, encoding="utf-8-sig"
        )
    except UnicodeDecodeError as error:
        raise CatalogError(
            _("{path} is not UTF-8 text: {error}. Download it again.").format(
                path=path, error=error
            )
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise CatalogError(
            _("{path} is not a complete CSV file: {error}. Download it again.").format(
                path=path, error=str(error).strip()
            )
        ) from error
    expected = ["(unnamed index)", *columns]
    received = list(table.columns)
    if received[1:] != list(columns) or not received[0].startswith("Unnamed"):
        raise CatalogError(
            _(
                "{path} has other columns than expected.\nExpected: {expected}.\nReceived: "
                "{received}."
            ).format(
                path=path, expected=", ".join(expected), received=", ".join(map(str, received))
            )
        )
    if table.empty:
        raise CatalogError(
            _("{path} has a header and no rows. Download it again.").format(path=path)
        )
    index = _integers(table[received[0]], path, "index")
    repeated = index.duplicated().to_numpy()
    if repeated.any():
        raise _row_error(path, repeated, "index", index, _("stands twice"))
    table.index = pd.Index(index, name="index")
    return table[list(columns)]


def _integers(values: pd.Series, path: Path, column: str) -> pd.Series:
    numeric = pd.to_numeric(values, errors="coerce")
    wrong = (numeric.isna() | (numeric % 1 != 0) | (numeric < 0)).to_numpy()
    if wrong.any():
        if not values[wrong].iloc[0]:
            raise _row_error(path, wrong, column, values, _("is empty, is the file truncated?"))
        raise _row_error(path, wrong, column, values, _("is not a whole number:"))
    # Digits beyond 2**53 would be rounded on the way through a float.
    return values.astype("int64") if values.str.fullmatch(r"\d+").all() else numeric.astype("int64")


def _parse_target(content: bytes, path: Path) -> pd.Series:
    target = _parse(content, path, ("prdtypecode",))
    codes = _integers(target["prdtypecode"], path, "prdtypecode")
    unknown = ~codes.isin(CODES).to_numpy()
    if unknown.any():
        raise _row_error(
            path, unknown, "prdtypecode", codes, _("is not one of the 27 product types:")
        )
    return codes


def _join_target(
    products: pd.DataFrame, path: Path, content: bytes, target_path: Path
) -> pd.Series:
    codes = _parse_target(content, target_path)
    missing = ~products.index.isin(codes.index)
    if missing.any():
        raise _row_error(
            path,
            missing,
            "index",
            products.index.to_series(),
            _("has no row in {target}:").format(target=target_path.name),
        )
    return codes.loc[products.index]


def _row_error(
    path: Path, wrong: np.ndarray, column: str, values: pd.Series, problem: str
) -> CatalogError:
    """Describe the first wrong row; rows count from 1, the header left out."""
    first = int(np.flatnonzero(wrong)[0])
    received = str(values.iloc[first])
    shown = received if len(received) <= 60 else f"{received[:60]}..."
    others = int(wrong.sum()) - 1
    more = _(" ({others} more rows like it)").format(others=number(others)) if others else ""
    return CatalogError(
        _("{path}, row {row}, column {column}: {problem} {shown}{more}.").format(
            path=path, row=first + 1, column=column, problem=problem, shown=repr(shown), more=more
        )
    )
