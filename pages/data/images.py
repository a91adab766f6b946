"""Images: white borders, colour and sharpness per type, mean and variance, what a crop loses."""

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from pages.shared.resources import (
    choose_domain,
    choose_types,
    facts_or_stop,
    is_dark,
    local_catalog,
)
from pages.shared.resources import statistic as statistic_of
from rakuten_core.errors import RakutenError
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.measures import variance_kept
from rakuten_core.presentation.charts import box_chart, crop_chart, percent, variance_chart
from rakuten_core.reports.results import label_of
from rakuten_core.reports.statistics import PHOTO_MEASURES
from rakuten_core.taxonomy import CODES, product_type, types_by_domain

PLOT = {"displayModeBar": False}
VIEWS = ("White and other measures", "Mean images", "Variance and crop", "Gallery")
GALLERY = 12
EXTREMES = {
    "Whitest": ("white_ratio", False),
    "Least white": ("white_ratio", True),
    "Darkest": ("brightness", True),
    "Brightest": ("brightness", False),
    "Sharpest": ("sharpness", False),
    "Most blurred": ("sharpness", True),
    "Widest": ("aspect_ratio", False),
    "Tallest": ("aspect_ratio", True),
}


@st.cache_data(show_spinner=False)
def quantiles_by_type(measure: str) -> pd.DataFrame:
    """Return quantiles of a measure by product type."""
    grouped = statistic_of("photos").groupby("code")[measure]
    found = grouped.quantile([0.05, 0.25, 0.5, 0.75, 0.95]).unstack()
    found.columns = ["q05", "q25", "median", "q75", "q95"]
    return found.assign(photos=grouped.size())


def show_measures() -> None:
    """Show one measure per product type as box plots."""
    left, right = st.columns(2, vertical_alignment="bottom")
    measure = left.selectbox(
        "Measure",
        list(PHOTO_MEASURES),
        format_func=PHOTO_MEASURES.get,
        key="measure",
        bind="query-params",
    )
    order = right.segmented_control(
        "Order by",
        ["median", "domain", "code"],
        default="median",
        required=True,
        key="order",
        bind="query-params",
    )
    table = quantiles_by_type(measure)
    by_median = table.sort_values("median", ascending=False)
    highest, lowest = by_median.index[0], by_median.index[-1]
    name = PHOTO_MEASURES[measure]
    st.markdown(
        f"**{name}: {label_of(highest)} has the highest median "
        f"({by_median['median'].iloc[0]:,.2f}), {label_of(lowest)} the lowest "
        f"({by_median['median'].iloc[-1]:,.2f}).**"
    )
    if order == "median":
        table = by_median
    elif order == "domain":
        table = table.reindex([each.code for each in types_by_domain()]).dropna()
    st.plotly_chart(
        box_chart(table, name, measure == "sharpness"), config=PLOT, alt=f"{name} per product type"
    )
    st.caption(
        "Box: the middle half, with the median. Whiskers: 5 % to 95 % of the photos. A pixel "
        f"counts as white when red, green and blue are all at least {facts['white']} of 255; "
        f"photos are measured at {facts['size']} x {facts['size']} pixels. Sharpness is the "
        "variance of the Laplacian of luma; contrast and brightness are of luma, 0 to 1."
    )
    colors = statistic_of("photos").groupby("code")[["red", "green", "blue"]].mean()
    st.markdown("**Mean colour of the photos**")
    st.markdown(
        "\u2003".join(
            f':color[\u2003\u2003]{{background="rgb({row.red:.0f},{row.green:.0f},{row.blue:.0f})"}}'
            f"\u00a0{product_type(int(row.Index)).study_label}"
            for row in colors.itertuples()
        )
    )


def show_means() -> None:
    """Show the mean image of each type."""
    st.markdown(
        "**Averaged over many photos, a type keeps a shape only if its products look alike.** What "
        "stays grey and round looks like anything."
    )
    moments = statistic_of("moments")
    variance = st.toggle("Show where photos differ instead", key="variance", bind="query-params")
    domain = choose_domain()
    chosen = [each for each in types_by_domain() if domain is None or each.domain.french == domain]
    pictures = [(None, len(CODES))] + [(each, CODES.index(each.code)) for each in chosen]
    strongest = np.sqrt(moments.variance.max())
    with st.container(horizontal=True):
        for each, position in pictures:
            if not moments.counts[position]:
                continue
            if variance:
                levels = np.sqrt(moments.variance[position]) / strongest
                picture = Image.fromarray((255 * levels).astype(np.uint8))
            else:
                picture = Image.fromarray(moments.mean[position])
            label = "All types" if each is None else f"{each.code} {each.study_label}"
            with st.container(width=150):
                st.image(picture.resize((150, 150), Image.Resampling.BICUBIC))
                st.caption(f"{label}, {moments.counts[position]:,.0f} photos")


def show_crop() -> None:
    """Show where photos differ, and how much of that a crop of the borders keeps."""
    moments = statistic_of("moments")
    code = st.selectbox(
        "Photos of",
        [0, *CODES],
        format_func=lambda code: label_of(code) if code else "All types",
        key="type",
        bind="query-params",
    )
    crop = (
        st.slider(
            "Cut from width and height",
            0,
            60,
            20,
            5,
            format="%d %%",
            key="crop",
            bind="query-params",
        )
        / 100
    )
    position = CODES.index(code) if code else len(CODES)
    if not moments.counts[position]:
        st.info("There is no photo of this type.")
        return
    variance = moments.variance[position]
    kept = variance_kept(variance, crop)
    st.markdown(
        f"**A crop of {percent(crop, 0)} keeps {percent(kept)} of the variance** on "
        f"{percent((1 - crop) ** 2)} of the pixels: "
        + (
            "these photos differ more in their middle than at their borders."
            if kept > (1 - crop) ** 2 + 0.01
            else "these photos differ at their borders as much as in their middle."
        )
    )
    left, right = st.columns(2)
    left.plotly_chart(
        variance_chart(variance, crop, is_dark()), config=PLOT, alt="Where photos differ"
    )
    crops = [step / 100 for step in range(0, 61, 5)]
    right.plotly_chart(
        crop_chart(crops, [variance_kept(variance, each) for each in crops], crop),
        config=PLOT,
        alt="Variance and pixels kept by each crop",
    )
    st.caption(
        f"Variance of each pixel over {moments.counts[position]:,.0f} photos at "
        f"{len(variance)} x {len(variance)} pixels, mean of the three colours; the red frame is "
        "what the crop keeps. The study cut 20 %."
    )


def show_gallery() -> None:
    """Show photos with extreme measures, where the real data is at hand."""
    try:
        catalog = local_catalog()
    except RakutenError as error:
        st.error(str(error), icon=":material/error:")
        return
    if catalog is None:
        st.info(
            "The photos do not ship with the app. Start it with RAKUTEN_DATA set to the folder of "
            "the challenge's data to see them here.",
            icon=":material/photo_library:",
        )
        return
    extreme = st.segmented_control(
        "Show the",
        list(EXTREMES),
        default="Whitest",
        required=True,
        key="extreme",
        bind="query-params",
    )
    domain = choose_domain()
    codes = choose_types("gallery", domain)
    measure, ascending = EXTREMES[extreme]
    table = statistic_of("photos")
    names = catalog.products.set_index("productid")["photo"].dropna()
    table = table[table["code"].isin(codes) & table["productid"].isin(names.index)]
    table = table.sort_values(measure, ascending=ascending).head(GALLERY)
    with st.container(horizontal=True):
        for row in table.itertuples():
            try:
                picture = decode_image(catalog.photos.read(names[row.productid]))
            except RakutenError:
                continue
            with st.container(width=170):
                st.image(picture, width=170)
                st.caption(f"{label_of(row.code)}, {getattr(row, measure):.2f}")
    st.caption(f"{PHOTO_MEASURES[measure]} is under each photo.")


st.title("Images")
facts = facts_or_stop("images")
view = st.segmented_control(
    "View",
    VIEWS,
    default=VIEWS[0],
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
{VIEWS[0]: show_measures, VIEWS[1]: show_means, VIEWS[2]: show_crop, VIEWS[3]: show_gallery}[view]()
st.caption(f"From {facts['rows']:,} photos of the challenge, measured on {facts['date']}.")
