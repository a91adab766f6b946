"""Products that only teach: texts without a label, or outside the challenge's parts."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rakuten_core.data.catalog import read_catalog
from rakuten_core.data.products import Products
from rakuten_core.errors import CatalogError
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES
from rakuten_core.text.markup import has_text, plain_text, without_accents

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Teaching:
    """Texts to learn from beside a catalogue; never measured on.

    Attributes:
        table: one row per product with a text: `designation`, `description` (str, empty where
            missing) and `prdtypecode` (Int64, missing where there is no label).
        fingerprint: 16 hexadecimal digits that change when any text or label changes.
    """

    table: pd.DataFrame
    fingerprint: str

    def labelled(self) -> pd.DataFrame:
        """Return the products with a label, `prdtypecode` as int64."""
        found = self.table[self.table["prdtypecode"].notna()]
        return found.astype({"prdtypecode": "int64"})

    def unlabelled(self) -> pd.DataFrame:
        """Return the products without a label."""
        return self.table[self.table["prdtypecode"].isna()]


def texts_of(table: pd.DataFrame) -> Products:
    """Return the texts of a table's rows, without photos."""
    return Products.of_texts(table["designation"].tolist(), table["description"].tolist())


def read_teaching(paths: Sequence[Path | str], without: pd.DataFrame) -> Teaching:
    """Read products that only teach.

    Args:
        paths: each a folder with `X_test_update.csv` in the challenge's layout, or a CSV file with
            `designation` and, where known, `description` and `prdtypecode`.
        without: a catalogue's products; what has the title of one of its validation or test
            products would teach what is measured, and is left out.

    Raises:
        CatalogError: a file is missing or of another form, or holds an unknown code.
    """
    tables = [_read(Path(path)) for path in paths]
    table = pd.concat(tables, ignore_index=True)
    table = without_measured(table, without).drop_duplicates().reset_index(drop=True)
    if table.empty:
        raise CatalogError(
            _("{paths}: no text to learn from that the catalogue does not measure with.").format(
                paths=", ".join(map(str, paths))
            )
        )
    content = table.to_csv(index=False).encode()
    return Teaching(table, hashlib.sha256(content).hexdigest()[:16])


def without_measured(table: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have a text, and not the one of a validation or test product.

    Args:
        table: with `designation` and `description`.
        products: of a catalogue, with `split` too.
    """
    others = products[products["split"] != "train"]
    measured = {
        _known_by(*pair) for pair in zip(others["designation"], others["description"], strict=True)
    }
    pairs = zip(table["designation"], table["description"], strict=True)
    kept = [has_text(*pair) and _known_by(*pair) not in measured for pair in pairs]
    return table[np.array(kept, bool)]


def _known_by(title: str, description: str) -> str:
    """Return what two copies of a product share: its title, or else its description, in letters
    and digits without case, accents and markup.
    """
    text = title if has_text(title, "") else description
    return " ".join(_WORD.findall(without_accents(plain_text(text)).casefold()))


def _read(path: Path) -> pd.DataFrame:
    table = read_catalog(path, "test").products if path.is_dir() else _read_file(path)
    table = table.reindex(columns=["designation", "description", "prdtypecode"])
    table = table.astype({"designation": "string", "description": "string"})
    return table.fillna({"designation": "", "description": ""}).astype({"prdtypecode": "Int64"})


def _read_file(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise CatalogError(
            _("{path} is missing. A folder or a CSV file of texts is expected.").format(path=path)
        )
    try:
        content = path.read_text(encoding="utf-8-sig")
        table = pd.read_csv(
            io.StringIO(content),
            dtype={"designation": "string", "description": "string", "prdtypecode": "Int64"},
            keep_default_na=False,
            na_values={"prdtypecode": [""]},
        )
    except (ValueError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise CatalogError(
            _("{path} is not a table of texts: {error}.").format(
                path=path, error=str(error).strip()
            )
        ) from error
    if "designation" not in table:
        received = ", ".join(map(str, table.columns))
        raise CatalogError(
            _("{path} has no column designation. Received: {received}.").format(
                path=path, received=received
            )
        )
    if "prdtypecode" in table:
        codes = table["prdtypecode"].dropna()
        unknown = codes[~codes.isin(CODES)]
        if len(unknown):
            raise CatalogError(
                _("{path}, row {row}: {code} is not one of the 27 product types.").format(
                    path=path, row=unknown.index[0] + 1, code=unknown.iloc[0]
                )
            )
    return table
