"""Text: lengths, missing descriptions, languages, frequent and typical words, word clouds."""

import streamlit as st
from PIL import Image

from pages.shared.resources import choose_domain, choose_types, facts_or_stop, is_dark, statistic
from rakuten_core.presentation.charts import (
    box_chart,
    languages_chart,
    length_histogram,
    percent,
    share_chart,
    word_cloud,
    words_chart,
)
from rakuten_core.reports.results import label_of
from rakuten_core.reports.statistics import FIELDS, MEASURES, PRIOR_WORDS, length_quantiles
from rakuten_core.taxonomy import CODES, Domain, product_type, types_by_domain
from rakuten_core.text.language import LANGUAGE_NAMES

PLOT = {"displayModeBar": False}
VIEWS = ("Lengths", "Missing texts", "Languages", "Words", "Word clouds", "Two types")


@st.cache_data(show_spinner="Drawing", max_entries=128)
def cloud_of(codes: tuple[int, ...], color: str, dark: bool) -> Image.Image | None:
    """Return the word cloud of some types' typical words, or None if they have none."""
    words = statistic("typical_words", codes, most=70)
    if words.empty:
        return None
    return word_cloud((words["keyness"]).to_dict(), color, dark)


def show_lengths() -> None:
    """Show how long titles and descriptions are, over all and per type."""
    left, right = st.columns(2)
    field = left.segmented_control(
        "Field",
        FIELDS,
        format_func=str.capitalize,
        default="title",
        required=True,
        key="field",
        bind="query-params",
    )
    unit = right.segmented_control(
        "Count",
        MEASURES,
        format_func=str.capitalize,
        default="words",
        required=True,
        key="count",
        bind="query-params",
    )
    domain = choose_domain()
    table = statistic("lengths", field, unit)
    table = table[table["code"].isin(choose_types("lengths", domain))]
    if table.empty:
        st.info(f"None of these products has a {field}.")
        return
    found = length_quantiles(table)
    overall = found.loc[0]
    st.markdown(
        f"**Half of the {field}s have {overall['median']:,.0f} {unit} or fewer**, one in twenty "
        f"more than {overall['q95']:,.0f}; the longest has {table['value'].max():,}."
    )
    st.plotly_chart(
        length_histogram(table, overall, unit), config=PLOT, alt=f"Number of {unit} per {field}"
    )
    st.caption(
        f"{overall['products']:,.0f} products with a {field}; the longest 1 % are not shown."
    )
    by_type = found.drop(index=0).sort_values("median", ascending=False)
    st.plotly_chart(
        box_chart(by_type, f"{unit.capitalize()} per {field}", field == "description"),
        config=PLOT,
        alt=f"Number of {unit} per {field} and product type",
    )
    st.caption("Box: the middle half, with the median. Whiskers: 5 % to 95 % of the products.")


def show_missing() -> None:
    """Show which types lack descriptions."""
    table = statistic("presence")
    total = table.sum()
    share = 1 - table["description"] / table["products"].where(table["products"] > 0)
    share = share.dropna().sort_values()
    st.markdown(
        f"**{percent(1 - total['description'] / total['products'], 0)} of the products have no "
        f"description**: {percent(share.iloc[-1], 0)} of {label_of(share.index[-1])}, "
        f"{percent(share.iloc[0], 0)} of {label_of(share.index[0])}."
    )
    st.plotly_chart(
        share_chart(share, "Products without description"),
        config=PLOT,
        alt="Share of products without description per product type",
    )


def show_languages() -> None:
    """Show the languages, over all and per type."""
    table = statistic("languages")
    total = table.sum()
    shares = total / total.sum()
    named = [f"{LANGUAGE_NAMES.get(code, 'none')} {percent(part)}" for code, part in shares.items()]
    st.markdown(
        f"**{percent(1 - shares.get('fr', 0), 0)} of the texts are not French.** "
        f"{', '.join(named)}."
    )
    st.plotly_chart(
        languages_chart(table, LANGUAGE_NAMES), config=PLOT, alt="Languages per product type"
    )
    st.caption(
        f"Detected with {facts['language_detector']}; it chooses among "
        f"{', '.join(LANGUAGE_NAMES.values())}. Short titles full of names mislead it at times."
    )


def show_words() -> None:
    """Show the most frequent words before and after preparation, and those that set types apart."""
    domain = choose_domain()
    codes = tuple(choose_types("words", domain))
    left, right = st.columns(2)
    before = statistic("frequent_words", "before", codes, 20)
    after = statistic("frequent_words", "after", codes, 20)
    left.markdown("**Before preparation** little words rule")
    left.plotly_chart(words_chart(before, "Times in the texts", "#8A8F98"), config=PLOT, key="w1")
    right.markdown("**After preparation** the products show")
    right.plotly_chart(words_chart(after, "Times in the texts"), config=PLOT, key="w2")
    st.markdown("**Words that set these types apart from all others**")
    if len(codes) == len(CODES):
        st.info("Choose a domain or some types to see their typical words.")
        return
    typical = statistic("typical_words", codes, most=25)
    if typical.empty:
        st.info("Too few texts to tell these types' words from the others'.")
        return
    color = product_type(codes[0]).domain.color
    st.plotly_chart(words_chart(typical["keyness"], "Keyness (z-score)", color), config=PLOT)
    st.download_button(
        "Download as CSV",
        statistic("typical_words", codes, most=500).to_csv(),
        "typical_words.csv",
        "text/csv",
        icon=":material/download:",
    )
    show_method()


def show_method() -> None:
    """Say how typical words are found."""
    st.caption(
        "Keyness: log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn, "
        "*Fightin' Words*, 2008) as a z-score, a ranking: among thousands of words some stand out "
        "by chance, and a product that repeats a word counts each time. The prior "
        f"weighs {PRIOR_WORDS:,} words. French and English stop words are left out, and words in "
        f"fewer than {facts['minimum_products_of_a_word']} products."
    )


def show_clouds() -> None:
    """Show one word cloud per type."""
    domain = choose_domain()
    wanted = [
        each for each in types_by_domain() if each.domain.french == (domain or Domain.BOOKS.french)
    ]
    if domain is None:
        st.caption(f"{Domain.BOOKS.french} are shown; choose another domain above.")
    columns = st.columns(2)
    for position, each in enumerate(wanted):
        with columns[position % 2].container(border=True):
            st.markdown(f"**{each.french}** :gray[{each.code}, {each.english}]")
            cloud = cloud_of((each.code,), each.domain.color, is_dark())
            if cloud is None:
                st.caption("Too few texts to tell its words from the others'.")
            else:
                st.image(cloud)
    st.caption("The larger a word, the more typical it is of the type against all others.")
    show_method()


def show_two_types() -> None:
    """Show what tells two types apart, side by side."""
    columns = st.columns(2)
    pair = []
    for column, key, default in zip(columns, ("first", "second"), (10, 2705), strict=True):
        pair.append(
            column.selectbox(
                "Product type",
                CODES,
                index=CODES.index(default),
                format_func=label_of,
                key=key,
                bind="query-params",
            )
        )
    if pair[0] == pair[1]:
        st.info("Choose two different types.")
        return
    for column, code, other, key in zip(columns, pair, reversed(pair), "ab", strict=True):
        words = statistic("typical_words", (code,), (other,), most=25)
        column.markdown(f"**Says {product_type(code).french}**")
        if words.empty:
            column.caption("Too few texts to tell them apart.")
            continue
        column.plotly_chart(
            words_chart(words["keyness"], "Keyness (z-score)", product_type(code).domain.color),
            config=PLOT,
            key=f"two-{key}",
        )
    show_method()


st.title("Text")
facts = facts_or_stop("text")
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
    VIEWS[0]: show_lengths,
    VIEWS[1]: show_missing,
    VIEWS[2]: show_languages,
    VIEWS[3]: show_words,
    VIEWS[4]: show_clouds,
    VIEWS[5]: show_two_types,
}[view]()
st.caption(
    f"From {facts['rows']:,} products whose text is exactly as the challenge ships it, counted on "
    f"{facts['date']}."
)
