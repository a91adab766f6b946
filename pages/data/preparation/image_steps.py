"""What becomes of a photo on its way into each network."""

import streamlit as st
from PIL import Image

from pages.shared.loaders import load_examples
from rakuten_core.errors import ImageError
from rakuten_core.images.augmentation import augmented
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS, decode_image
from rakuten_core.images.geometry import cropped_square, to_square
from rakuten_core.images.preprocessing import as_network_sees

NETWORKS = {
    "efficientnet_lite": ("EfficientNet-Lite2", 260),
    "mobilenet_v2": ("MobileNetV2", 224),
    "caffe": ("VGG16 and ResNet50", 224),
    "unit": ("LeNet-like", 50),
}


def _choose_picture() -> bytes | None:
    """Show the drawings and an upload, and return the chosen picture's bytes."""
    pictures = {each.name: each.picture for each in load_examples() if each.picture}
    left, right = st.columns(2)
    name = left.pills(
        "Try a drawing", list(pictures), default=next(iter(pictures), None), key="drawing"
    )
    uploaded = right.file_uploader("Or a photo of your own", type=list(ACCEPTED_EXTENSIONS))
    if uploaded:
        return uploaded.getvalue()
    return pictures[name] if name else None


def show_image_steps() -> None:
    """Show the steps of the image networks."""
    content = _choose_picture()
    crop = (
        st.slider("Crop of the borders", 0, 40, 20, 5, format="%d %%", key="preparation_crop") / 100
    )
    if content is None:
        st.info("Choose a drawing or give a photo: each step shows here.")
        return
    try:
        image = decode_image(content)
    except ImageError as error:
        st.error(str(error), icon=":material/broken_image:")
        return
    inside = cropped_square(image, 440, crop)
    resized = to_square(image, 224, crop)
    side = round(max(image.size) * (1 - crop))
    st.markdown("**From the file to 224 x 224 pixels**")
    with st.container(horizontal=True):
        for picture, caption in (
            (image, f"Decoded: {image.width} x {image.height}, RGB"),
            (inside, f"Borders cut: {side} x {side}"),
            (resized, "Resized: 224 x 224"),
        ):
            with st.container(width=230):
                st.image(picture, width=220, caption=caption)
    st.markdown("**As each network sees it**")
    with st.container(horizontal=True):
        for key, (label, size) in NETWORKS.items():
            shown, low, high = as_network_sees(to_square(image, size, crop), key)
            caption = f"{label}, {size} pixels: {low:,.2f} to {high:,.2f}"
            with st.container(width=230):
                st.image(shown, width=220, caption=caption)
    st.caption(
        "Each network expects the levels on another scale; VGG16 and ResNet50 take blue first, "
        "which is why their picture looks wrong to us. The values are stretched to be visible."
    )
    st.markdown("**Variants to learn from**")
    square = Image.fromarray(resized)
    with st.container(horizontal=True):
        for seed in range(5):
            with st.container(width=160):
                st.image(augmented(square, seed), width=150)
    st.caption("Mirrored, shifted and zoomed a little: the same product for a network to learn.")
