"""Preparation: watch each step change a text, and what each network is shown of a photo."""

import numpy as np
import streamlit as st
from PIL import Image

from pages.shared.resources import load_examples, statistic
from rakuten_core.errors import AssetError, ImageError
from rakuten_core.images.augmentation import augmented
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS, decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.presentation.markdown import changes, changes_as_markdown, escape_markdown
from rakuten_core.text.language import LANGUAGE_NAMES, detect_language
from rakuten_core.text.preparation import Vocabulary, trace

GOLDEN = ("Une table très jolie!", "Dimensions : 60 x 33 cm")
MOST_CHARACTERS = 3000
NETWORKS = {
    "efficientnet_lite": ("EfficientNet-Lite2", 260),
    "mobilenet_v2": ("MobileNetV2", 224),
    "caffe": ("VGG16 and ResNet50", 224),
    "unit": ("LeNet-like", 50),
}


@st.cache_resource(show_spinner="Reading the vocabulary")
def vocabulary() -> Vocabulary | None:
    """Return the vocabulary of the real texts, or None where it has not been computed."""
    try:
        return statistic("vocabulary")
    except AssetError:
        return None


def show_text() -> None:
    """Show the ten steps on a text of the user's own."""
    examples = {"The study's example": GOLDEN} | {
        each.name: (each.title, each.description) for each in load_examples() if each.title
    }

    def take_example() -> None:
        title, description = examples.get(st.session_state.raw_example, ("", ""))
        st.session_state.update(raw_title=title, raw_description=description)

    if "raw_title" not in st.session_state:
        st.session_state.update(raw_title=GOLDEN[0], raw_description=GOLDEN[1])
    st.pills("Try an example", list(examples), key="raw_example", on_change=take_example)
    left, right = st.columns(2)
    title = left.text_input("Title", key="raw_title", max_chars=500)
    description = right.text_area(
        "Description", key="raw_description", height=80, max_chars=MOST_CHARACTERS
    )
    steps = trace(title, description, vocabulary())
    if not steps[0].text:
        st.info("Write a title or a description: each step shows here.")
        return
    language = detect_language(steps[0].text)
    if language.code is not None:
        st.markdown(
            f"**{LANGUAGE_NAMES[language.code]}**, sure to {language.confidence:.0%}. "
            "Translation to French is off in the app; French or not, the text goes on as it is."
        )
    before = ""
    for number, step in enumerate(steps, start=1):
        if step.indexes is not None:
            continue
        with st.container(border=True):
            changed = step.text != before
            state = "" if changed or number == 1 else " :gray[changes nothing here]"
            st.markdown(f"**{number}. {step.label}**{state}")
            if number == 1:
                st.markdown(escape_markdown(step.text))
            elif changed:
                st.markdown(
                    changes_as_markdown(changes(before, step.text)) or ":gray[nothing left]"
                )
        before = step.text
    known = vocabulary()
    with st.container(border=True):
        st.markdown(f"**{len(steps) + (known is None)}. Vectorise with a tokenizer**")
        if known is None:
            st.caption("The vocabulary comes with the text statistics, which are not there.")
            return
        words = steps[-1].text.split()
        table = [
            {
                "Token": word,
                "Index": known.index(word),
                "Times in the real texts": f"{known.counts.get(word, 0):,}",
                "Known": "yes" if known.index(word) else "out of vocabulary",
            }
            for word in words
        ]
        # Half a row shows at the end of a long table: there is more below.
        st.table(table, border="horizontal", height=265 if len(table) > 7 else "content")
        st.caption(
            f"The vocabulary: {len(known):,} stems, numbered from the most frequent; words that "
            "fewer than five products hold are out of it."
        )
    st.caption("Struck through: removed. Bold: added.")


def show_image() -> None:
    """Show what becomes of a photo on its way into each network."""
    pictures = {each.name: each.picture for each in load_examples() if each.picture}
    left, right = st.columns(2)
    name = left.pills(
        "Try a drawing", list(pictures), default=next(iter(pictures), None), key="picture"
    )
    uploaded = right.file_uploader("Or a photo of your own", type=list(ACCEPTED_EXTENSIONS))
    crop = st.slider("Crop of the borders", 0, 40, 20, 5, format="%d %%", key="crop") / 100
    content = uploaded.getvalue() if uploaded else pictures[name].read_bytes() if name else None
    if content is None:
        st.info("Choose a drawing or give a photo: each step shows here.")
        return
    try:
        image = decode_image(content)
    except ImageError as error:
        st.error(str(error), icon=":material/broken_image:")
        return
    cropped = to_square(image, 224, crop)
    margin = round(max(image.size) * crop / 2)
    whole = to_square(image, max(image.size))
    inside = whole[margin : len(whole) - margin, margin : len(whole) - margin] if margin else whole
    st.markdown("**From the file to 224 x 224 pixels**")
    with st.container(horizontal=True):
        for picture, caption in (
            (image, f"Decoded: {image.width} x {image.height}, RGB"),
            (inside, f"Borders cut: {inside.shape[1]} x {inside.shape[0]}"),
            (cropped, "Resized: 224 x 224"),
        ):
            with st.container(width=230):
                st.image(picture, width=220, caption=caption)
    st.markdown("**As each network sees it**")
    with st.container(horizontal=True):
        for key, (label, size) in NETWORKS.items():
            values = PREPROCESSING[key](to_square(image, size, crop).astype(np.float32))
            low, high = float(values.min()), float(values.max())
            shown = (255 * (values - low) / max(high - low, 1e-6)).astype(np.uint8)
            with st.container(width=230):
                st.image(
                    shown, width=220, caption=f"{label}, {size} pixels: {low:,.2f} to {high:,.2f}"
                )
    st.caption(
        "Each network expects the levels on another scale; VGG16 and ResNet50 take blue first, "
        "which is why their picture looks wrong to us. The values are stretched to be visible."
    )
    st.markdown("**Variants to learn from**")
    square = Image.fromarray(cropped)
    with st.container(horizontal=True):
        for seed in range(5):
            with st.container(width=160):
                st.image(augmented(square, seed), width=150)
    st.caption("Mirrored, shifted and zoomed a little: the same product for a network to learn.")


st.title("Preparation")
view = st.segmented_control(
    "View",
    ["Text", "Image"],
    default="Text",
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
{"Text": show_text, "Image": show_image}[view]()
