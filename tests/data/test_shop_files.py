"""Tables as shops' tools write them, each read as its owner means it; see `tests/cases`."""

import gzip
import io
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rakuten_core.data.column_names import columns_by_name
from rakuten_core.data.product_columns import (
    TableLayout,
    columns_in_words,
    find_columns,
    product_rows,
    texts_left_out,
)
from rakuten_core.data.tables import open_table
from rakuten_core.errors import CatalogError

CASES = Path(__file__).parents[1] / "cases"
POOL, COVER = (
    "Piscine hors sol ronde avec pompe de filtration",
    "Housse de coussin velours vert d'été 40x40",
)


def read(path: Path, layout: TableLayout | None = None) -> list[dict]:
    """Return the rows of a table by field, with what is wrong under `problem`."""
    table, columns = (layout or TableLayout()).open(path)
    return [row.values | {"problem": row.problem} for row in product_rows(table, columns)]


def titles(path: Path, layout: TableLayout | None = None) -> list[str | None]:
    return [row.get("designation") for row in read(path, layout)]


def written(tmp_path: Path, name: str, content: bytes | str) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("01_sep_line.csv", [POOL, COVER]),
        ("04_merchant.tsv", [POOL, f'"Velours" {COVER}']),
        ("08_hidden_first_sheet.xlsx", [POOL, COVER, "Roman policier poche édition 1984 broché"]),
        ("09_title_row_merged_header_on_third.xlsx", [POOL, COVER]),
        ("14_backslash_quotes.csv", [POOL, COVER]),
        ("15_trailing_separators.csv", [POOL, COVER]),
        ("20_prestashop.csv", [POOL, COVER]),
        ("21_amazon_flat.txt", [POOL, COVER]),
        ("22_rakuten_seller.csv", [POOL, COVER]),
        ("25_gzip.csv", [POOL]),
        ("25d.ndjson", [POOL]),
        ("26_number_header.csv", [POOL]),
        ("28b_binary_title.parquet", [POOL, COVER]),
        ("29_empty_trailing.csv", [POOL, COVER]),
        ("30_blank_lines_first.csv", [POOL]),
        ("31_comma_header_semicolon_text.csv", ["Piscine, ronde, 3 m", COVER]),
        ("32_empty_fill.xlsx", [POOL]),
        ("33_strict_ooxml.xlsx", [POOL]),
        ("34_formula_in_price.xlsx", [POOL]),
        (
            "60_csv_ms_dos_cp850.csv",
            ["Bâche d été pour piscine carrée", "Siège à bascule réglable"],
        ),
        ("06_macroman.csv", ["Étagère en chêne clair", "Bâche d'été pour piscine", COVER]),
        ("63_commas_in_quoted_header.csv", ["Piscine ronde"]),
        ("63b_commas_in_header.csv", ["Piscine hors sol ronde"]),
        ("71_zero_date.parquet", [POOL, COVER]),
    ],
)
def test_titles_are_found_and_nothing_is_wrong(name, expected):
    rows = read(CASES / name)
    assert [row["designation"] for row in rows] == expected
    assert {row["problem"] for row in rows} == {None}


def test_descriptions_photos_and_ids_stand_in_their_own_columns():
    assert read(CASES / "22_rakuten_seller.csv")[0] == {
        "designation": POOL,
        "description": "neuve",
        "productid": "R1",
        "photo": "https://s.example/1.jpg",
        "problem": None,
    }
    assert read(CASES / "21_amazon_flat.txt")[1]["photo"] == "https://s.example/2.jpg"
    assert read(CASES / "02_shopify_export.csv")[0]["description"] == "<p>Livrée avec filtre</p>"
    assert read(CASES / "02c_shopify_2025.csv")[0]["productid"] == "S1"
    assert read(CASES / "04_merchant.tsv")[0]["description"] == 'Diamètre 120" hors sol'
    assert read(CASES / "14_backslash_quotes.csv")[0]["description"] == 'Modèle "Azur" 3 m'
    assert read(CASES / "62_nom_du_produit.csv")[0]["designation"].startswith("Piscine")


@pytest.mark.parametrize(
    ("names", "field", "column"),
    [
        # PrestaShop, WooCommerce, Shopify, Magento, Akeneo, Google Merchant, Amazon, Lengow.
        (["Product ID", "Name", "Manufacturer"], "designation", "Name"),
        (["Product ID", "Name", "Manufacturer"], "productid", "Product ID"),
        (["UGS", "Nom", "Description courte", "Description"], "description", "Description"),
        (["SKU", "Name", "Short description", "Images"], "description", "Short description"),
        (["sku", "name", "base_image", "small_image"], "photo", "base_image"),
        (["identifier", "name-fr_FR", "name-en_US"], "designation", "name-fr_FR"),
        (["identifier", "name-en_US", "name-fr_FR"], "designation", "name-fr_FR"),
        (["description-fr_FR-ecommerce", "label"], "description", "description-fr_FR-ecommerce"),
        (["id", "title", "image_link", "additional_image_link"], "photo", "image_link"),
        (["item_sku", "item_name", "brand_name"], "designation", "item_name"),
        (["item_sku", "brand_name", "main_image_url"], "photo", "main_image_url"),
        (["ID_PRODUCT", "NAME_PRODUCT", "IMAGE_PRODUCT"], "designation", "NAME_PRODUCT"),
        (["Marque", "Nom de la marque", "Nom du produit"], "designation", "Nom du produit"),
        (["Nom", "Nom du produit"], "designation", "Nom du produit"),
        (["Libellé court", "Libellé long"], "designation", "Libellé long"),
        (["product_title", "brand"], "designation", "product_title"),
        (["Titre de l'annonce"], "designation", "Titre de l'annonce"),
        (["productTitle", "productDescription"], "description", "productDescription"),
        (["Titre\n(obligatoire)", "x"], "designation", "Titre\n(obligatoire)"),
        (["URL Image 2", "URL Image 1"], "photo", "URL Image 1"),
        (["EAN", "Référence", "Titre"], "productid", "Référence"),
        (["*Title", "PicURL"], "photo", "PicURL"),
        (["Identifiant", "Titre", "Lien image"], "photo", "Lien image"),
        (
            ["item_name[language_tag=fr_FR]#1.value", "brand#1.value"],
            "designation",
            "item_name[language_tag=fr_FR]#1.value",
        ),
        (["UGS", "Nom"], "productid", "UGS"),
        (["g:id", "g:title", "g:image_link"], "photo", "g:image_link"),
        (["Seller ID", "seller-sku"], "productid", "seller-sku"),
        (["external_product_id", "item_sku"], "productid", "item_sku"),
        (["Lien vers l'image", "Titre"], "photo", "Lien vers l'image"),
        (["Item number", "Title"], "productid", "Item number"),
        (["LIBARTICLE", "PRIX"], "designation", "LIBARTICLE"),
    ],
)
def test_shops_columns_are_known(names, field, column):
    assert columns_by_name(names).get(field) == column


@pytest.mark.parametrize(
    "name", ["Titre SEO", "Nom de la marque", "Image Alt Text", "Meta description", "brand_name"]
)
def test_columns_of_something_else_are_not_taken(name):
    assert columns_by_name([name]) == {}


def test_article_numbers_are_no_types():
    table = open_table(CASES / "59_code_column_small_numbers.csv")
    assert find_columns(table) == {"designation": "Titre", "productid": "Code"}


def test_types_are_known_by_their_values(tmp_path):
    path = written(tmp_path, "a.csv", "Titre;Code\na;10\nb;10\nc;2583\n")
    assert find_columns(open_table(path))["prdtypecode"] == "Code"
    path = written(tmp_path, "b.csv", "titre;catégorie\na;Jardin\nb;Jardin\n")
    assert "prdtypecode" not in find_columns(open_table(path))
    path = written(tmp_path, "c.csv", "designation,prdtypecode\na,10\n")
    assert find_columns(open_table(path))["prdtypecode"] == "prdtypecode"


def test_columns_can_be_said_and_what_is_left_out_is_told(tmp_path):
    text = "ref;accroche;atouts\n1;Piscine ronde hors sol;Livraison gratuite et rapide\n"
    path = written(tmp_path, "a.csv", text)
    with pytest.raises(CatalogError, match="No column says anything of a product"):
        TableLayout().open(path)
    table, columns = TableLayout({"title": " Accroche"}).open(path)
    assert columns == {"designation": "accroche", "productid": "ref"}
    assert texts_left_out(table, columns) == ["atouts"]
    assert columns_in_words(table, columns) == [
        "Columns read: Title = accroche, Product's id = ref.",
        "Texts left out: atouts.",
        "Read as utf-8.",
    ]
    with pytest.raises(CatalogError, match="There is no column 'prix'"):
        TableLayout({"title": "prix"}).open(path)
    with pytest.raises(CatalogError, match="colour is not known of a product"):
        TableLayout({"colour": "ref"}).open(path)


def test_the_sheet_that_is_read_is_named_and_can_be_chosen(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Lisez-moi"
    book.active.append(["Remplissez la feuille Produits"])
    book.create_sheet("Produits").append(["ref", "titre"])
    book["Produits"].append(["A", POOL])
    book.create_sheet("Autres").append(["titre"])
    book["Autres"].append([COVER])
    path = tmp_path / "a.xlsx"
    book.save(path)
    table, columns = TableLayout().open(path)
    assert (table.sheet, table.sheets) == ("Produits", ("Lisez-moi", "Produits", "Autres"))
    assert "Sheet read: Produits. Left out: Lisez-moi, Autres." in columns_in_words(table, columns)
    assert titles(path, TableLayout(sheet="Autres")) == [COVER]
    with pytest.raises(CatalogError, match="has no sheet 'Prix'"):
        open_table(path, sheet="Prix")


def test_a_header_is_not_read_as_a_product_again(tmp_path):
    text = "ref;titre\nobligatoire;obligatoire\n1;Lampe\nref;titre\n2;Table\n"
    assert titles(written(tmp_path, "a.csv", text)) == ["Lampe", "Table"]


def test_a_file_cut_inside_a_letter_stays_utf_8():
    rows = read(CASES / "05b_utf8_cut_in_the_middle.csv")
    assert open_table(CASES / "05b_utf8_cut_in_the_middle.csv").encoding == "utf-8"
    assert rows[1]["designation"] == COVER
    assert [row["problem"] for row in rows[:-1]] == [None] * (len(rows) - 1)
    assert "a letter is damaged" in rows[-1]["problem"]


def test_one_bad_byte_is_the_problem_of_its_row(tmp_path):
    text = "titre\nBâche d'été\nCarré\nSiège\n".encode().replace(b"Carr", b"Carr\xe9")
    rows = read(written(tmp_path, "a.csv", text))
    assert [row["designation"] for row in rows] == ["Bâche d'été", "Carr\ufffdé", "Siège"]
    assert [bool(row["problem"]) for row in rows] == [False, True, False]


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
@pytest.mark.parametrize(
    "text",
    ["Étagère à clé en chêne", "PISCINE CARRÉE D'ÉTÉ", "Tôle ondulée, façade brûlée – 3 m²"],
)
def test_french_encodings_are_told_apart(tmp_path, encoding, text):
    content = f"titre\r\n{text}\r\n".encode(encoding, "replace")
    path = written(tmp_path, "a.csv", content)
    assert titles(path) == [content.decode(encoding).splitlines()[1]]
    table = open_table(path)
    assert table.encoding_is_sure


def test_an_encoding_that_is_not_sure_is_told_and_can_be_said(tmp_path):
    path = written(tmp_path, "a.csv", b"titre\nM\x88me t\x88te\n")
    table, columns = TableLayout().open(path)
    assert not table.encoding_is_sure
    assert "which is not sure" in columns_in_words(table, columns)[-1]
    assert titles(path, TableLayout(encoding="cp850")) == ["Même tête"]
    with pytest.raises(CatalogError, match="no encoding 'klingon'"):
        open_table(path, encoding="klingon")


def test_files_are_known_by_their_content(tmp_path):
    workbook = (CASES / "07_ean_number_format.xlsx").read_bytes()
    assert titles(written(tmp_path, "a.csv", workbook)) == [POOL, COVER]
    utf16 = "titre;prix\nBâche;3\n".encode("utf-16-le")
    assert titles(written(tmp_path, "b.csv", utf16)) == ["Bâche"]
    rows = read(CASES / "16_nul_bytes.csv")
    assert [row["designation"] for row in rows] == [POOL, COVER]
    assert "nul characters left out" in rows[0]["problem"] and rows[1]["problem"] is None
    packed = gzip.compress(b'{"title": "Lampe"}\n')
    assert titles(written(tmp_path, "c.jsonl.gz", packed)) == ["Lampe"]
    for content in ('[{"title": "Lampe"}]', '{"products": [{"title": "Lampe"}], "total": 1}'):
        assert titles(written(tmp_path, "d.json", content)) == ["Lampe"]


def test_a_row_that_is_no_csv_is_that_rows_problem(tmp_path):
    rows = read(CASES / "15b_unquoted_separator.csv")
    assert "5 columns instead of 3" in rows[0]["problem"]
    assert (rows[1]["designation"], rows[1]["problem"]) == (COVER, None)
    text = 'ref;titre\n1;Lampe\n2;"Écran 24" plat\n3;"Ouvert\n4;"Deux\nlignes"\n5;Table\n'
    rows = read(written(tmp_path, "a.csv", text))
    assert [row["productid"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["designation"] for row in rows] == [
        "Lampe",
        "Écran 24 plat",
        "Ouvert",
        "Deux\nlignes",
        "Table",
    ]
    assert [bool(row["problem"]) for row in rows] == [False, True, True, False, False]


def test_a_feed_that_quotes_nothing_keeps_its_marks(tmp_path):
    text = 'id\ttitle\tdescription\n1\t"Lampe\tbleue\n2\tTable\tde "bois"\n'
    rows = read(written(tmp_path, "a.tsv", text))
    assert [row["designation"] for row in rows] == ['"Lampe', "Table"]
    assert [row["problem"] for row in rows] == [None, None]


def test_values_that_stand_for_nothing_are_no_texts():
    rows = read(CASES / "11_null_titles.csv")
    assert rows and all(not row.get("designation") for row in rows)


def test_ids_are_as_their_owner_sees_them(tmp_path):
    def ids(path):
        return [row["productid"] for row in read(path)]

    assert ids(CASES / "07_ean_number_format.xlsx") == ["0012345678905", "4006381333931"]
    assert ids(CASES / "72_ean_formatted_as_date.xlsx")[0] == "3700000000017"
    pd.DataFrame({"id": [3.7e12, 1e16], "title": ["a", "b"]}).to_parquet(tmp_path / "a.parquet")
    assert ids(tmp_path / "a.parquet") == ["3700000000000", "10000000000000000"]
    lines = '{"id": 12.0, "title": "a"}\n{"id": "007", "title": "b"}\n'
    assert ids(written(tmp_path, "b.jsonl", lines)) == ["12", "007"]


def test_excel_cells_are_what_excel_shows(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["ref", "titre", "prix"])
    book.active.append(["1", "Lampe_x000D_\nbleue", "#N/A"])
    book.active["C2"].data_type = "e"
    book.active.append(["2", "=1+1", 3])
    path = tmp_path / "a.xlsx"
    book.save(path)
    rows = read(path)
    assert rows[0]["designation"] == "Lampe\n\nbleue"
    assert next(open_table(path).rows()).values["prix"] is None
    assert "cell B3 holds a formula without a result" in rows[1]["problem"]
    assert "designation" not in rows[1]


def test_nested_values_of_json_are_kept(tmp_path):
    rows = read(CASES / "13_nested.jsonl")
    assert [row["designation"] for row in rows] == [POOL, COVER]


def test_what_is_wrong_in_columns_that_are_not_needed_stops_nothing(tmp_path):
    rows = read(CASES / "71e_zero_date_in_row_560.parquet")
    assert len(rows) == 600 and {row["problem"] for row in rows} == {None}
    rows = read(CASES / "70_latin1_in_string_column.parquet")
    assert rows[0]["designation"] == "Housse de coussin d'été"
    assert "not UTF-8" in rows[0]["problem"] and rows[1]["problem"] is None
    damaged = io.BytesIO()
    table = pa.table({"title": ["Lampe"] * 9, "note": [f"note {n}" * 50 for n in range(9)]})
    pq.write_table(table, damaged, compression="none", use_dictionary=False)
    place = pq.read_metadata(damaged).row_group(0).column(1).data_page_offset
    content = bytearray(damaged.getvalue())
    content[place : place + 8] = b"\xff" * 8
    path = written(tmp_path, "a.parquet", bytes(content))
    assert titles(path) == ["Lampe"] * 9
    assert [row.values["title"] for row in open_table(path).carried()] == ["Lampe"] * 9
    with pytest.raises(CatalogError, match="column note of the Parquet file is damaged"):
        list(open_table(path).rows(["note"]))
    named = damaged.getvalue().replace(b"title", b"t\xa4tle")
    with pytest.raises(CatalogError, match="This is not a Parquet file"):
        open_table(written(tmp_path, "b.parquet", named))


def test_a_stray_mark_does_not_join_rows_without_end(tmp_path):
    lines = [f'{number};"Ouvert {number}' for number in range(200)]
    rows = read(written(tmp_path, "a.csv", "\n".join(["ref;titre", *lines]) + "\n"))
    assert [row["productid"] for row in rows] == [str(number) for number in range(200)]
    assert all(row["problem"] for row in rows)
    assert json.dumps(rows[7]["designation"]) == '"Ouvert 7"'


@pytest.mark.parametrize(
    "text",
    [
        "titre;prix;stock\n" + "".join(f"Livre {n};12;3\n" for n in range(8)) + "Lampe\nTable\n",
        "Nom,Prix\nLampe,3\nTable\nChaise\n",
        '"titre,""prix"",stock"\n"Lampe,3,""1"""\n',
    ],
)
def test_short_rows_and_wrapped_rows_do_not_make_one_column_of_a_table(tmp_path, text):
    rows = read(written(tmp_path, "a.csv", text))
    table = open_table(written(tmp_path, "a.csv", text))
    assert len(table.columns) >= 2
    assert rows[0]["designation"] in ("Livre 0", "Lampe")


@pytest.mark.parametrize(
    ("text", "columns", "count"),
    [
        (
            "Modele;Rayon;Prix\nNikon D50;Photo;100\nCanon;Photo;90\n",
            ("Modele", "Rayon", "Prix"),
            2,
        ),
        ("titre;rayon;sous-rayon\nNikon D50;Photo;Label\n", ("titre", "rayon", "sous-rayon"), 1),
        ("Nom;Description;Prix\nPhoto;Description;3\n", ("Nom", "Description", "Prix"), 1),
    ],
)
def test_a_product_that_is_called_like_a_column_stays_a_product(tmp_path, text, columns, count):
    table = open_table(written(tmp_path, "a.csv", text))
    assert (table.columns, table.count()) == (columns, count)


def test_quotation_marks_of_many_rows(tmp_path):
    rows = "".join(f'{n};"Un \\"bon\\" livre\nligne deux";"x"\n' for n in range(120))
    found = read(written(tmp_path, "a.csv", f"ref;titre;description\n{rows}"))
    assert len(found) == 120 and {row["problem"] for row in found} == {None}
    assert found[7]["designation"] == 'Un "bon" livre\nligne deux'
    feed = 'id\ttitle\tprice\n1\t"Harry Potter\t3\n2\tEcran 24"\t4\n'
    assert titles(written(tmp_path, "b.tsv", feed)) == ['"Harry Potter', 'Ecran 24"']
    assert titles(written(tmp_path, "c.csv", 'nom, desc\nLampe, "bois, brut"\n')) == ["Lampe"]
    assert titles(written(tmp_path, "d.csv", "sep=^\nref^titre\n1^Lampe, bleue\n")) == [
        "Lampe, bleue"
    ]


def test_json_as_tools_write_it(tmp_path):
    lines = '{"Nom  du produit": "Table", "items": [{"title": "variante"}]}\n{"title": "Lampe"}\n'
    rows = read(written(tmp_path, "a.jsonl", lines))
    assert len(rows) == 2 and rows[0]["designation"] == "Table"
    wrapped = '{"products": [\n{"title": "Lampe"},\n{"title": "Table"}\n]}'
    assert titles(written(tmp_path, "b.json", wrapped)) == ["Lampe", "Table"]
    damaged = '{"title": "Bâche"}\n{"title": "Carr?"}\n'.encode().replace(b"?", b"\xe9")
    rows = read(written(tmp_path, "c.jsonl", damaged))
    assert [row["problem"] for row in rows] == [None, "a letter is damaged"]


def test_an_encoding_that_is_said_changes_nothing_else(tmp_path):
    content = b"\xef\xbb\xbf" + '"Titre";"Réf"\n"Été";"1"\n'.encode()
    for encoding in ("UTF-8", "utf8", None):
        table = open_table(written(tmp_path, "a.csv", content), encoding)
        assert table.columns == ("Titre", "Réf")
    cut = gzip.compress(b"titre\nLampe\n" * 99)[:-9]
    with pytest.raises(CatalogError, match="damaged or incomplete"):
        list(open_table(written(tmp_path, "b.csv", cut), "utf-8").rows())


def test_names_of_columns_can_be_written(tmp_path):
    content = b"titre;" + b"pr\xe9x" + ";été;chêne\nLampe;3;é;ê\n".encode()
    table = open_table(written(tmp_path, "a.csv", content))
    assert table.columns[1] == "pr\ufffdx"
    wide = "titre;" + "x" * 5000 + "\nLampe;3\n"
    assert max(map(len, open_table(written(tmp_path, "b.csv", wide)).columns)) == 200
    with pytest.raises(CatalogError, match="has 800 columns"):
        open_table(written(tmp_path, "c.csv", "x\n" + ";".join(["title"] * 800) + "\n"))


def test_sheets_of_notes_and_templates(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Notice"
    book.active.append(["Titre", "Description", "Photo"])
    book.active.append(["le nom du produit", "un texte", "un fichier"])
    book.create_sheet("Stock").append(["Titre", "Référence", "Description"])
    sheet = book.create_sheet("Produits")
    sheet.append(["Réf", "Titre"])
    sheet.append(["1", POOL])
    sheet.append([" ", " "])
    sheet.append(["Réf", "Titre"])
    sheet.append(["2", COVER])
    path = tmp_path / "a.xlsx"
    book.save(path)
    assert open_table(path).sheet == "Produits"
    assert titles(path) == [POOL, COVER]
