"""Compare models: scores, product types, two models side by side, training, published figures."""

import pandas as pd
import streamlit as st

from pages.shared.resources import result, trained_or_stop, training_history
from rakuten_core.assets import Assets
from rakuten_core.presentation.charts import (
    density_chart,
    difference_chart,
    f1_heat_chart,
    gain_chart,
    quality_chart,
    reliability_chart,
    training_chart,
)
from rakuten_core.registry import BEST, MODALITIES, REGISTRY
from rakuten_core.reports import published
from rakuten_core.reports.results import label_of, significance_in_words, type_in_words
from rakuten_core.reports.what_helped import ablation, verdict
from rakuten_core.taxonomy import types_by_domain

PLOT = {"displayModeBar": False}
VIEWS = (
    "All models",
    "By product type",
    "Two models",
    "What helped",
    "Training and trust",
    "As published",
)
SUBSETS = {
    "all": "All it can read",
    "with_text": "With text",
    "with_image": "With photo",
    "with_both": "With both",
}
MODALITY_OF = {entry.name: entry.modality for entry in REGISTRY}


@st.cache_data(show_spinner="Comparing the models")
def what_helped() -> pd.DataFrame:
    """Return the gain of each step."""
    return ablation(Assets())


def show_all_models() -> None:
    """Show one row per registered model, and quality against cost."""
    subset = st.segmented_control(
        "Test products",
        SUBSETS,
        format_func=SUBSETS.get,
        default="all",
        required=True,
        key="subset",
        bind="query-params",
        help="On products with text and photo every model answers the same products.",
    )
    table = result("model_table", subset)
    left, right = st.columns(2)
    reads = left.segmented_control(
        "Reads", MODALITIES, selection_mode="multi", key="reads", bind="query-params"
    )
    families = right.segmented_control(
        "Family",
        list(dict.fromkeys(table["family"])),
        selection_mode="multi",
        key="family",
        bind="query-params",
    )
    if reads:
        table = table[table["reads"].isin(reads)]
    if families:
        table = table[table["family"].isin(families)]
    if table.empty:
        st.info("No model is of both. Choose another modality or family.")
        return
    table = table.assign(
        measured=[
            "not trained here" if pd.isna(f1) else f"{low:.3f} to {high:.3f}"
            for f1, low, high in zip(table["weighted_f1"], table["low"], table["high"], strict=True)
        ]
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder="–",
        column_order=[
            *("model", "reads", "family", "weighted_f1", "measured", "rows", "published"),
            *("published_measure", "top3_accuracy", "log_loss", "calibration_error"),
            *("milliseconds", "size_mb", "train_seconds", "peak_memory_mb", "description"),
        ],
        column_config={
            "model": st.column_config.TextColumn("Model", pinned=True, width="medium"),
            "reads": "Reads",
            "family": "Family",
            "weighted_f1": number("Weighted F1", format="%.3f", help="On the test split"),
            "measured": "95 % interval",
            "rows": number("Test products", format="localized"),
            "published": number("Published", format="%.3f", help="By the study, on its own split"),
            "published_measure": "Published measure",
            "top3_accuracy": number("Top-3 accuracy", format="%.3f"),
            "log_loss": number("Log loss", format="%.3f"),
            "calibration_error": number("Calibration error", format="%.3f"),
            "milliseconds": number("ms per product", format="%.1f", help="One at a time, 2 cores"),
            "size_mb": number("Size, MB", format="%.1f"),
            "train_seconds": number("Training, s", format="localized"),
            "peak_memory_mb": number("Peak memory, MB", format="localized"),
            "description": "What it is",
        },
    )
    st.download_button(
        "Download as CSV",
        table.drop(columns="measured").to_csv(index=False),
        "models.csv",
        "text/csv",
        icon=":material/download:",
    )
    st.caption(
        "Measured on test products that no model has seen (15 % by a hash of the product). Text "
        "models answer products with a text, image models those with a photo, the study's fusions "
        "those with both: choose *With both* to compare them on the same products. Published "
        "scores are of the study's own 16 % of the complete data."
    )
    against = st.segmented_control(
        "Quality against",
        ["milliseconds", "size_mb"],
        format_func={"milliseconds": "Latency", "size_mb": "Size"}.get,
        default="milliseconds",
        required=True,
        key="against",
        bind="query-params",
    )
    label = {"milliseconds": "Milliseconds per product", "size_mb": "Size in MB"}[against]
    st.plotly_chart(
        quality_chart(table, against, label),
        config=PLOT,
        alt="Weighted F1 of each model against its cost",
    )


def show_by_type() -> None:
    """Show F1 per product type and model, measured or published."""
    left, right = st.columns(2)
    source = left.segmented_control(
        "Scores",
        ["measured", "published"],
        default="measured",
        required=True,
        key="source",
        bind="query-params",
    )
    order = right.segmented_control(
        "Order by",
        ["difficulty", "domain", "code"],
        default="difficulty",
        required=True,
        key="order",
        bind="query-params",
    )
    table = (
        result("f1_by_type", trained_or_stop()) if source == "measured" else published.f1_by_type()
    )
    if order == "difficulty":
        table = table.loc[table.mean(axis=1).sort_values().index]
    elif order == "domain":
        table = table.loc[[each.code for each in types_by_domain()]]
    st.plotly_chart(f1_heat_chart(table), config=PLOT, alt="F1 per product type and model")
    st.download_button(
        "Download as CSV",
        table.to_csv(),
        f"f1_{source}.csv",
        "text/csv",
        icon=":material/download:",
    )


def show_two_models() -> None:
    """Show where one of two models is better, and whether chance explains it."""
    names = trained_or_stop()
    left, right = st.columns(2)
    first = left.selectbox(
        "First model",
        names,
        index=names.index("text_linear") if "text_linear" in names else 0,
        key="first",
        bind="query-params",
    )
    answering = BEST["fusion"]
    second = right.selectbox(
        "Second model",
        names,
        index=names.index(answering) if answering in names else len(names) - 1,
        key="second",
        bind="query-params",
    )
    if first == second:
        st.info("Choose two different models.")
        return
    test = result("compare", first, second)
    if test is None:
        st.info("The two models share no test product.")
        return
    st.markdown(f"**{significance_in_words(f'`{first}`', f'`{second}`', test)}**")
    low, high = test.interval
    st.markdown(
        f"Weighted F1 of `{second}` minus `{first}`: **{test.difference:+.3f}** "
        f"(95 % interval {low:+.3f} to {high:+.3f}). Only `{first}` is right on "
        f"{test.only_first:,} products, only `{second}` on {test.only_second:,}."
    )
    by_type = result("compare_by_type", first, second)
    st.plotly_chart(
        difference_chart(by_type, first, second),
        config=PLOT,
        alt="Difference of F1 per product type",
    )
    st.caption(
        "Coloured where p < 0.05 for the type alone (paired permutation test of F1), grey "
        "elsewhere. Among 27 types one or two may be coloured by chance."
    )
    st.dataframe(
        pd.DataFrame(
            {
                "Product type": [label_of(code) for code in by_type.index],
                first: by_type["first"].to_numpy(),
                second: by_type["second"].to_numpy(),
                "Difference": by_type["difference"].to_numpy(),
                "Who wins": [type_in_words(first, second, row) for row in by_type.itertuples()],
            }
        ),
        hide_index=True,
        height="content",
        column_config={
            name: st.column_config.NumberColumn(name, format=form)
            for name, form in ((first, "%.3f"), (second, "%.3f"), ("Difference", "%+.3f"))
        },
    )


def show_what_helped() -> None:
    """Show the gain of each step, between recorded models."""
    table = what_helped()
    if table.empty:
        st.info("Train the project's own models to see what each step gave.")
        return
    st.markdown("**What each step gave**, in weighted F1 on the test products that both answer")
    st.plotly_chart(gain_chart(table), config=PLOT, alt="Gain of each step with its interval")
    st.dataframe(
        table.assign(
            verdict=[
                verdict(low, high) for low, high in zip(table["low"], table["high"], strict=True)
            ]
        ),
        hide_index=True,
        height="content",
        column_order=[
            *("reads", "change", "gain", "low", "high", "verdict", "rows", "before", "after")
        ],
        column_config={
            "reads": "Reads",
            "change": st.column_config.TextColumn("Step", width="large"),
            "gain": st.column_config.NumberColumn("Gain", format="%+.3f"),
            "low": st.column_config.NumberColumn("From", format="%+.3f", help="95 % bootstrap"),
            "high": st.column_config.NumberColumn("To", format="%+.3f", help="95 % bootstrap"),
            "verdict": "Verdict",
            "rows": st.column_config.NumberColumn("Test products", format="localized"),
            "before": "Without it",
            "after": "With it",
        },
    )
    st.caption(
        "Hyper-parameters were chosen on validation or out of fold; the test split was only "
        "measured. Paired bootstrap of the difference over the same products."
    )
    costs = result("rounding_costs")
    if costs.empty:
        return
    st.markdown("**What shorter numbers cost**, in weighted F1 on the test products")
    st.dataframe(
        costs,
        hide_index=True,
        column_config={
            "model": "Model",
            "what": st.column_config.TextColumn("What was done", width="large"),
            "before": st.column_config.NumberColumn("Before", format="%.4f"),
            "after": st.column_config.NumberColumn("After", format="%.4f"),
            "cost": st.column_config.NumberColumn("Cost", format="%+.4f"),
            "rows": st.column_config.NumberColumn("Test products", format="localized"),
            "size_mb": st.column_config.NumberColumn("Size as shipped, MB", format="%.1f"),
        },
    )


def show_training() -> None:
    """Show losses per epoch, how sure models are of the truth, and whether they may be."""
    names = trained_or_stop()
    networks = [name for name in names if training_history(name)]
    if networks:
        chosen = st.multiselect(
            "Networks", networks, default=networks[:3], key="networks", bind="query-params"
        )
        st.plotly_chart(
            training_chart({name: training_history(name) for name in chosen}),
            config=PLOT,
            alt="Loss per epoch of each network",
        )
    wanted = [name for name in BEST.values() if name in names]
    models = st.multiselect("Models", names, default=wanted, key="models", bind="query-params")
    left, right = st.columns(2)
    left.plotly_chart(
        density_chart(
            {name: result("true_class_probability", name) for name in models}, MODALITY_OF
        ),
        config=PLOT,
        alt="Density of the probability given to the true type",
    )
    right.plotly_chart(
        reliability_chart({name: result("reliability_of", name) for name in models}, MODALITY_OF),
        config=PLOT,
        alt="Accuracy against confidence",
    )
    st.caption(
        "Left: far right is good, the model believes in the truth. Right: on the diagonal a model "
        "is as often right as it says; below it, it is too sure. Large dots: many products."
    )


def show_published() -> None:
    """Show the study's own tables, complete."""
    st.markdown("**F1 per product type**, text, image and fusion, with accuracy and averages")
    by_type = published.f1_by_type().copy()
    by_type.index = [label_of(code) for code in by_type.index]
    st.dataframe(
        pd.concat([by_type, published.f1_summary()]).round(3), height="content", placeholder="–"
    )
    left, right = st.columns(2)
    left.markdown("**Image, machine learning**")
    left.dataframe(published.image_machine_learning(), hide_index=True)
    right.markdown("**Image, deep learning**")
    right.dataframe(published.image_deep_learning(), hide_index=True)
    st.caption(
        "As the study of December 2022 published them, measured on its own 16 % of the 84,916 "
        "products. The published confusion matrix is under *Where it errs*."
    )


st.title("Compare models")
view = st.segmented_control(
    "View",
    VIEWS,
    default=VIEWS[0],
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
{
    VIEWS[0]: show_all_models,
    VIEWS[1]: show_by_type,
    VIEWS[2]: show_two_models,
    VIEWS[3]: show_what_helped,
    VIEWS[4]: show_training,
    VIEWS[5]: show_published,
}[view]()
