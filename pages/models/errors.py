"""Where it errs: confusion matrices, the products behind a cell, and profiles of product types."""

import pandas as pd
import streamlit as st

from pages.shared.resources import is_dark, local_catalog, result, show_product, trained_or_stop
from rakuten_core.errors import RakutenError
from rakuten_core.presentation.charts import chance, confusion_chart, percent, profile_chart
from rakuten_core.registry import BEST
from rakuten_core.reports.results import (
    ORDERS,
    PUBLISHED_MATRIX,
    label_of,
    normalise,
    order_of_types,
    strongest_confusions,
)
from rakuten_core.taxonomy import CODES, product_type

PLOT = {"displayModeBar": False}
MOST_PRODUCTS = 200


def show_matrix(name: str) -> None:
    """Show the confusion matrix, its strongest confusions in words and the cell that was chosen."""
    published = name == PUBLISHED_MATRIX
    left, right = st.columns(2)
    choices = ["row"] if published else ["row", "column", "count"]
    by = left.segmented_control(
        "Numbers",
        choices,
        format_func={"row": "% of true type", "column": "% of answers", "count": "Products"}.get,
        default="row",
        required=True,
        key="by",
        bind="query-params",
    )
    order = right.segmented_control(
        "Order by", ORDERS, default="domain", required=True, key="order", bind="query-params"
    )
    matrix = result("confusion_matrix", name)
    codes = order_of_types(order, matrix)
    chart, words = st.columns([3, 1])
    with chart:
        selected = st.plotly_chart(
            confusion_chart(normalise(matrix, by), codes, by, is_dark()),
            config=PLOT,
            on_select="rerun",
            selection_mode="points",
            key=f"matrix-{name}-{by}-{order}",
            alt="Confusion matrix, true types in rows, answers in columns",
        )
    with words:
        st.markdown("**Strongest confusions**")
        for confusion in strongest_confusions(matrix).itertuples():
            of = "" if published else f" of {confusion.support:,.0f}"
            st.markdown(
                f"{confusion.true} {product_type(confusion.true).english} → {confusion.answered} "
                f"{product_type(confusion.answered).english}: "
                f"**{percent(confusion.share, 0)}**{of}"
            )
    if published:
        st.caption(
            "The study's fusion_mobilenet_simple_224 as published, rounded to whole percent; the "
            "products behind it were not published."
        )
        return
    points = selected.selection.points if selected else []
    if points and points[0] != st.session_state.get("last_point"):
        # A click moves the two pickers; they then say what is shown, in the address too.
        st.session_state.last_point = points[0]
        st.session_state.true = int(points[0]["y"])
        st.session_state.answered = int(points[0]["x"])
    show_cell(name, strongest_confusions(matrix, 1).iloc[0])


def show_cell(name: str, strongest) -> None:
    """Show the products of one cell, chosen by a click on the matrix or by two pickers."""
    st.subheader("The products behind a cell", anchor=False)
    left, right = st.columns(2)
    true = left.selectbox(
        "True type",
        CODES,
        index=CODES.index(strongest["true"]),
        format_func=label_of,
        key="true",
        bind="query-params",
    )
    answered = right.selectbox(
        "Answer",
        CODES,
        index=CODES.index(strongest["answered"]),
        format_func=label_of,
        key="answered",
        bind="query-params",
    )
    products = result("products_of_cell", name, true, answered)
    if products.empty:
        st.info("No test product of this type got this answer.")
        return
    more = f" The first {MOST_PRODUCTS} are shown." if len(products) > MOST_PRODUCTS else ""
    st.caption(f"{len(products):,} products, the surest answer first.{more}")
    try:
        catalog = local_catalog()
    except RakutenError as error:
        st.error(str(error), icon=":material/error:")
        catalog = None
    shown = products.head(MOST_PRODUCTS)
    columns = {
        "productid": st.column_config.NumberColumn("Product", format="%d"),
        "answered_probability": st.column_config.ProgressColumn(
            f"Probability of {answered}", min_value=0, max_value=1, format="percent"
        ),
        "true_probability": st.column_config.ProgressColumn(
            f"Probability of {true}", min_value=0, max_value=1, format="percent"
        ),
        "has_text": "Text",
        "has_image": "Photo",
        "designation": st.column_config.TextColumn("Title", width="large"),
    }
    if catalog is not None:
        known = catalog.products.set_index("productid")
        shown = shown.join(known[["designation", "photo"]], on="productid")
    chosen = st.dataframe(
        shown,
        hide_index=True,
        column_order=list(columns),
        column_config=columns,
        on_select="rerun",
        selection_mode="single-row",
        height=320,
        # Another cell is another table: a selected row would stay selected in it.
        key=f"products-{name}-{true}-{answered}",
    )
    if catalog is None:
        st.caption(
            "To see titles and photos, set RAKUTEN_DATA to the folder of the challenge's data."
        )
        return
    rows = chosen.selection.rows
    if rows:
        product = shown.iloc[rows[0]]
        show_product(
            catalog,
            product,
            f"{chance(product['answered_probability'])} {label_of(answered)}\n"
            f"{chance(product['true_probability'])} {label_of(true)}",
        )


def show_contributions(names: list[str], scores: pd.Series) -> None:
    """Show the F1 of text, photo and both on the same test products of one type, if it has any."""
    if not scores["support"]:
        return
    text, image, fusion = (scores[name] for name in names)
    columns = st.columns(3)
    columns[0].metric("Text alone, F1", f"{text:.2f}", border=True)
    columns[1].metric("Photo alone, F1", f"{image:.2f}", border=True)
    columns[2].metric(
        "Both together, F1", f"{fusion:.2f}", f"{fusion - text:+.2f} to text", border=True
    )
    st.caption(
        f"What each contributes: {', '.join(f'`{name}`' for name in names)} on the same "
        f"{scores['support']:,.0f} test products of this type with text and photo."
    )


def show_profile() -> None:
    """Show how every model does on one product type."""
    code = st.selectbox(
        "Product type", CODES, format_func=label_of, key="type", bind="query-params"
    )
    table = result("profile", code)
    best = table.groupby("reads")["f1"].max()
    found = product_type(code)
    parts = [f"{modality} **{best[modality]:.2f}**" for modality in best.index]
    st.markdown(
        f"{found.english}, {found.domain.french} ({found.domain.english}). "
        f"Best F1 by what a model reads: {', '.join(parts)}."
    )
    three = [name for name in BEST.values() if name in table.index]
    if len(three) == len(BEST):
        shared = result("contributions", tuple(three)).loc[code]
        show_contributions(three, shared)
    st.plotly_chart(profile_chart(table), config=PLOT, alt="Precision and recall of each model")
    shown = table.assign(
        confused_with=[
            "none" if pd.isna(other) else label_of(int(other)) for other in table["confused_with"]
        ]
    ).reset_index()
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "model": st.column_config.TextColumn("Model", pinned=True),
            "reads": "Reads",
            "precision": st.column_config.NumberColumn("Precision", format="%.3f"),
            "recall": st.column_config.NumberColumn("Recall", format="%.3f"),
            "f1": st.column_config.NumberColumn("F1", format="%.3f"),
            "support": st.column_config.NumberColumn("Test products", format="localized"),
            "confused_with": "Most often taken for",
            "share": st.column_config.NumberColumn("How often", format="percent"),
        },
    )


st.title("Where it errs")
names = trained_or_stop()
view = st.segmented_control(
    "View",
    ["Confusion matrix", "One product type"],
    default="Confusion matrix",
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
if view == "One product type":
    show_profile()
else:
    choices = [*reversed(names), PUBLISHED_MATRIX]
    answering = BEST["fusion"]
    model = st.selectbox(
        "Model",
        choices,
        index=choices.index(answering) if answering in choices else 0,
        key="model",
        bind="query-params",
    )
    show_matrix(model)
