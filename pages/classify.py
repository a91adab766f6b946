"""Classify a product: its title, description and photo in, its product type out."""

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.resources import Example, classifier_or_stop, load_examples
from rakuten_core.errors import ImageError
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS, MAX_BYTES, decode_image
from rakuten_core.inference import Classification, Explanation, RankedType
from rakuten_core.inference.explanations import Word
from rakuten_core.presentation.charts import chance, moves_chart, ranking_chart
from rakuten_core.presentation.markdown import escape_markdown, weights_as_markdown
from rakuten_core.taxonomy import PRODUCT_TYPES

DEFAULT_THRESHOLD = 60
WORD_VIEWS = ["difference", "best", "second"]
USED_WORDS = {"text": "the text", "image": "the photo", "both": "the text and the photo"}


def show_example() -> None:
    """Copy the chosen example into the fields."""
    name = st.session_state.example
    example = next((each for each in load_examples() if each.name == name), None)
    if example is None:
        # A second click on a pill takes the choice back, not what has been written since.
        return
    st.session_state.title = example.title
    st.session_state.description = example.description
    st.session_state.picture = example.picture
    forget_uploads()


def forget_uploads() -> None:
    """Give the photo widgets new keys: that empties them."""
    st.session_state.uploads = st.session_state.get("uploads", 0) + 1


def clear() -> None:
    """Empty every field."""
    st.session_state.update(title="", description="", picture=None, example=None)
    forget_uploads()


def own_photo(source: str) -> None:
    """Forget the example's picture once the user gives a photo; the last one given counts."""
    st.session_state.update(picture=None, photo_from=source)


def choose_photo() -> bytes | None:
    """Show the photo widgets and return the photo's bytes, of the user or of the example."""
    uploads = st.session_state.setdefault("uploads", 0)
    upload_tab, camera_tab = st.tabs(["Upload a photo", "Take a photo"])
    with upload_tab:
        uploaded = st.file_uploader(
            "Photo",
            type=list(ACCEPTED_EXTENSIONS),
            key=f"upload{uploads}",
            on_change=own_photo,
            args=("upload",),
            help=f"JPEG, PNG, WebP or GIF, up to {MAX_BYTES // 2**20} MB. Nothing is stored.",
        )
    with camera_tab:
        taken = None
        if st.toggle("Use the camera", key=f"use_camera{uploads}"):
            taken = st.camera_input(
                "Camera", key=f"camera{uploads}", on_change=own_photo, args=("camera",)
            )
    from_camera = st.session_state.get("photo_from") == "camera"
    chosen = taken or uploaded if from_camera else uploaded or taken
    if chosen is not None:
        return chosen.getvalue()
    picture = st.session_state.get("picture")
    return picture.read_bytes() if picture else None


def show_best(answer: Classification, threshold: int) -> None:
    """Show the category, how sure the model is, and what to do."""
    best = answer.best
    kind = best.product_type
    with st.container(border=True):
        left, right = st.columns([5, 3], vertical_alignment="center")
        with left:
            st.caption("Product type")
            st.subheader(kind.french, anchor=False)
            st.markdown(
                f"{kind.english}  \nCode **{kind.code}**, {kind.domain.french} "
                f"({kind.domain.english})"
            )
        with right:
            st.metric("Probability", chance(best.probability))
            if 100 * best.probability >= threshold:
                st.success(f"Above your limit of {threshold} %.", icon=":material/check_circle:")
            else:
                st.warning("Not sure: have it checked.", icon=":material/help:")


def show_opinion(
    column: DeltaGenerator, heading: str, ranking: tuple[RankedType, ...] | None
) -> None:
    """Show what one input alone would say."""
    with column.container(border=True, height="stretch"):
        st.markdown(f"**{heading}**")
        if ranking is None:
            st.caption("Not given")
            return
        for each in ranking[:3]:
            st.markdown(f"{each.product_type.french} **{chance(each.probability)}**")


def show_words(explanation: Explanation) -> None:
    """Show what each word adds to the answer and to the runner-up."""
    found = explanation.text
    best, second = PRODUCT_TYPES[explanation.best], PRODUCT_TYPES[explanation.runner_up]
    view = st.segmented_control(
        "What each word adds to",
        WORD_VIEWS,
        format_func={
            "difference": "Difference",
            "best": "Answer",
            "second": "Runner-up",
        }.get,
        default="difference",
        required=True,
        key="words",
    )

    def weight(word: Word) -> float:
        for_best = word.contributions[explanation.best]
        for_second = word.contributions[explanation.runner_up]
        return {"difference": for_best - for_second, "best": for_best, "second": for_second}[view]

    strongest = max((abs(weight(word)) for word in (*found.title, *found.description)), default=0)
    for name, words in (("Title", found.title), ("Description", found.description)):
        if words:
            marked = weights_as_markdown(
                ((word.text, weight(word)) for word in words), strongest=strongest
            )
            st.markdown(f":small[{name}]  \n{marked}")
    meaning = {
        "difference": f"Orange speaks for {best.french}, blue for {second.french}",
        "best": f"Orange speaks for {best.french}, blue against it",
        "second": f"Orange speaks for {second.french}, blue against it",
    }[view]
    st.caption(
        f"{meaning}, bold strongly. Exactly what each word adds to the scores of "
        f"`{explanation.text_model}`, one of the models that the answer rests on."
    )
    if found.difference(explanation.best, explanation.runner_up) < 0:
        st.markdown(
            f"By its words alone, `{explanation.text_model}` leans to {second.french}: the answer "
            "rests on the other models."
        )
    st.markdown(f"**What would change the answer:** the nearest other one is {second.french}.")
    pulls = found.strongest(explanation.runner_up, explanation.best)
    if pulls:
        st.markdown(f"Words that pull to it: {', '.join(escape_markdown(word) for word in pulls)}.")


def show_reasons(explanation: Explanation) -> None:
    """Show which words and places decided, and what would change the answer."""
    best, second = PRODUCT_TYPES[explanation.best], PRODUCT_TYPES[explanation.runner_up]
    st.subheader("Why", anchor=False)
    if explanation.text is not None:
        show_words(explanation)
    if explanation.photo is not None:
        st.image(explanation.photo, width=260)
        st.caption(
            f"The warmer a place, the more it speaks for what the answer is; grey places do not. "
            f"The class activation map of `{explanation.image_model}`."
        )
    if explanation.moves is not None:
        moves = explanation.moves
        st.markdown("**How much each moved the decision** against the runner-up, in log-odds")
        st.plotly_chart(
            moves_chart(moves.text, moves.image, moves.start, best.french, second.french),
            config={"displayModeBar": False},
            alt="How much text and photo moved the decision",
        )


st.title("Classify a product")
classifier = classifier_or_stop()
examples: list[Example] = load_examples()
st.pills(
    "Try an example",
    [each.name for each in examples],
    key="example",
    on_change=show_example,
)

# Above the form: on a phone the columns stand below each other, the answer would be far down.
verdict = st.container()
form, result = st.columns([5, 6], gap="large")
with form:
    st.text_input(
        "Title",
        key="title",
        bind="query-params",
        max_chars=500,
        placeholder="Housse de coussin velours vert 45 x 45 cm",
    )
    st.text_area("Description", key="description", max_chars=20_000, height=120)
    photo = choose_photo()
    image, decoding = None, 0.0
    if photo is not None:
        start = time.perf_counter()
        try:
            image = decode_image(photo)
            decoding = time.perf_counter() - start
            st.image(image, caption=f"{image.width} x {image.height} pixels", width=220)
        except ImageError as error:
            st.error(str(error), icon=":material/broken_image:")
    st.button("Clear all", on_click=clear, icon=":material/backspace:", type="tertiary")

with result:
    title, description = st.session_state.title, st.session_state.description
    has_text = any(letter.isalnum() for letter in title + description)
    if not has_text and image is None:
        verdict.info(
            "Write a title, add a photo, or pick an example: the product type appears here.",
            icon=":material/category:",
        )
        st.stop()
    answer, explanation = classifier.classify_and_explain(title, description, image)
    st.plotly_chart(
        ranking_chart(answer.ranking),
        config={"displayModeBar": False},
        alt="The five most likely product types with their probabilities",
    )
    text_column, image_column = st.columns(2)
    show_opinion(text_column, "The text alone", answer.text)
    show_opinion(image_column, "The photo alone", answer.image)
    seconds = decoding + answer.seconds["total"]
    st.caption(
        f"Went by {USED_WORDS[answer.used]}, in {1000 * seconds:.0f} ms. Nothing is stored. "
        "Anything gets one of the 27 types, even what belongs to none."
    )
    threshold = st.slider(
        "Have it checked below a probability of",
        min_value=0,
        max_value=100,
        value=DEFAULT_THRESHOLD,
        format="%d %%",
        key="threshold",
        bind="query-params",
    )
    with verdict:
        show_best(answer, threshold)
        if explanation.text is not None and not explanation.text.knows_a_word:
            st.warning(
                "No word of this text is known from the catalogue: what it says is a guess.",
                icon=":material/help:",
            )
    show_reasons(explanation)
