"""Which columns of a table say what of a product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rakuten_core.data.tables import Row, Table, TableFormat, open_table
from rakuten_core.errors import CatalogError
from rakuten_core.language import N_, _, listing
from rakuten_core.text.markup import without_accents

PRODUCT_FIELDS: dict[str, str] = {
    "designation": N_("Title"),
    "description": N_("Description"),
    "productid": N_("Product's id"),
    "imageid": N_("Photo's id"),
    "photo": N_("Photo's file name"),
    "prdtypecode": N_("Type given"),
}
"""What can be read of a product, by the challenge's names, and what people call it."""

_TELLING = ("designation", "description", "photo", "imageid")
# What sellers call these columns, in lower-case letters and digits without accents.
_NAMES: dict[str, tuple[str, ...]] = {
    "designation": ("designation", "title", "titre", "name", "nom", "libelle", "intitule"),
    "description": ("description", "descriptif", "details", "desc"),
    "productid": ("productid", "id", "sku", "reference", "ref", "identifiant", "ean"),
    "imageid": ("imageid", "idimage"),
    "photo": ("photo", "image", "picture", "filename", "fichier", "photofile", "imagefile"),
    "prdtypecode": ("prdtypecode", "typecode", "code", "label", "categorie", "category"),
}


def find_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return which column holds which of `PRODUCT_FIELDS`, as far as the names tell."""
    plain = {name: _plain(name) for name in columns}
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        for name in names:
            match = next((each for each in columns if plain[each] == name), None)
            if match is not None and match not in found.values():
                found[field] = match
                break
    return found


def _plain(name: str) -> str:
    return "".join(letter for letter in without_accents(name).lower() if letter.isalnum())


def check_columns(table: Table, columns: Mapping[str, str]) -> None:
    """Check that a table says something of a product.

    Raises:
        CatalogError: no column does.
    """
    if not set(columns) & set(_TELLING):
        raise CatalogError(
            _(
                "No column says anything of a product. Expected: {expected}. Received: {received}."
            ).format(expected=listing(list(PRODUCT_FIELDS)), received=", ".join(table.columns[:20]))
        )


def product_rows(table: Table, columns: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a table, their values by the names of `PRODUCT_FIELDS`.

    Args:
        table: to read.
        columns: which of its columns holds which field.

    Raises:
        CatalogError: no column says anything of a product, or the file is damaged.
    """
    check_columns(table, columns)
    for row in table.rows():
        yield fields_of(row, columns)


def fields_of(row: Row, columns: Mapping[str, str]) -> Row:
    """Return a row with its values by the names of `PRODUCT_FIELDS`."""
    values = {field: row.values.get(name) for field, name in columns.items()}
    return Row({field: value for field, value in values.items() if value is not None}, row.problem)


def read_rows(path: Path, table_format: TableFormat) -> Iterator[Row]:
    """Yield the rows of a file by the names of `PRODUCT_FIELDS`; it raises what reading raises."""
    table = open_table(path, table_format)
    yield from product_rows(table, find_columns(table.columns))
