"""What reviewers decided, as training learns from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from rakuten_core.data.catalog import Catalog
from rakuten_core.data.tables import open_table
from rakuten_core.data.teaching import without_measured
from rakuten_core.errors import CatalogError
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES

CORRECTION_COLUMNS = (
    *("", "prdtypecode", "productid", "before", "reviewer", "decided_at"),
    *("designation", "description"),
)


@dataclass(frozen=True)
class Corrected:
    """A catalogue with the labels that reviewers decided.

    Attributes:
        catalog: labels of its train and validation products replaced; test labels stay, so that
            scores before and after are of the same truth.
        changed: how many labels are other ones now.
        confirmed: how many were decided as they stood.
        test: how many decisions are about test products, and change nothing.
        others: how many products that the catalogue did not hold are in its train split now. They
            have a negative id and no photo; those without a text, or with the text of a product
            that is measured, are left out.
    """

    catalog: Catalog
    changed: int
    confirmed: int
    test: int
    others: int


def read_corrections(path: Path) -> pd.DataFrame:
    """Return decisions: `productid`, `prdtypecode`, `designation` and `description`.

    Raises:
        CatalogError: the file is missing or of another form, or holds an unknown code.
    """
    if not path.is_file():
        raise CatalogError(_("{path} is missing.").format(path=path))
    table = open_table(path)
    if missing := {"prdtypecode", "productid"} - set(table.columns):
        raise CatalogError(
            _("{path} lacks the column {column}. Export it from the page Review.").format(
                path=path, column=", ".join(sorted(missing))
            )
        )
    names = ("productid", "prdtypecode", "designation", "description")
    records = [{name: row.values.get(name) or "" for name in names} for row in table.rows()]
    found = pd.DataFrame(records, columns=names)
    codes = pd.to_numeric(found["prdtypecode"], errors="coerce")
    unknown = ~codes.isin(CODES)
    if unknown.any():
        place = int(unknown.to_numpy().argmax())
        raise CatalogError(
            _("{path}, row {row}: {code} is not one of the 27 product types.").format(
                path=path, row=place + 1, code=repr(found["prdtypecode"].iloc[place])
            )
        )
    return found.assign(prdtypecode=codes.astype("int64"))


def corrected(catalog: Catalog, decisions: pd.DataFrame) -> Corrected:
    """Return a catalogue with decisions applied; the last one about a product holds."""
    last = decisions.drop_duplicates("productid", keep="last")
    # Products without an id cannot be told apart: all of them stay.
    decisions = pd.concat([last[last["productid"] != ""], decisions[decisions["productid"] == ""]])
    products = catalog.products
    known = pd.Series(products.index, index=products["productid"].astype(str))
    places = decisions["productid"].map(known)
    here, others = decisions[places.notna()], decisions[places.isna()]
    index = places[places.notna()].astype(products.index.dtype)
    measured = (products.loc[index, "split"] == "test").to_numpy()
    before = products.loc[index, "prdtypecode"].to_numpy()
    differs = before != here["prdtypecode"].to_numpy()
    labels = products["prdtypecode"].copy()
    learnt = ~measured
    labels.loc[index[learnt]] = here["prdtypecode"].to_numpy()[learnt]
    others = without_measured(others, products)
    changed = int((differs & learnt).sum())
    fingerprint = catalog.fingerprint
    if changed or len(others):
        content = pd.concat([here[learnt], others]).to_csv(index=False).encode()
        fingerprint = hashlib.sha256(fingerprint.encode() + content).hexdigest()[:16]
    products = pd.concat([products.assign(prdtypecode=labels), _as_products(others, products)])
    return Corrected(
        replace(catalog, products=products, fingerprint=fingerprint),
        changed,
        int((~differs & learnt).sum()),
        int(measured.sum()),
        len(others),
    )


def _as_products(table: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Return decided products as rows of a catalogue's table, in its train split."""
    numbers = np.arange(len(table))
    rows = pd.DataFrame(
        {
            "designation": table["designation"].to_numpy(),
            "description": table["description"].to_numpy(),
            "productid": -1 - numbers,
            "imageid": np.zeros(len(table), np.int64),
            "prdtypecode": table["prdtypecode"].to_numpy(),
            "photo": None,
            "split": "train",
        },
        index=pd.Index(products.index.max() + 1 + numbers, name=products.index.name),
    )
    return rows.astype({name: products.dtypes[name] for name in rows})[list(products.columns)]
