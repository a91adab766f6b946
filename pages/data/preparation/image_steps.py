"""What becomes of a photo on its way into each network."""

import streamlit as st
from PIL import Image

from pages.shared.part import show_error
from pages.shared.picture import choose_picture
from rakuten_core.errors import ImageError
from rakuten_core.images.augmentation import augmented
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import cropped_square, to_square
from rakuten_core.images.preprocessing import as_network_sees
from rakuten_core.language import N_, _, decimal, percent_format

NETWORKS = {
    "efficientnet_lite": ("EfficientNet-Lite2", 260),
    "mobilenet_v2": ("MobileNetV2", 224),
    "caffe": (N_("VGG16 and ResNet50"), 224),
    "unit": (N_("LeNet-like"), 50),
}


def show_image_steps() -> None:
    """Show the steps of the image networks."""
    content = choose_picture("drawing")
    crop = (
        st.slider(
            _("Crop of the borders"), 0, 40, 20, 5, format=percent_format(), key="preparation_crop"
        )
        / 100
    )
    if content is None:
        st.info(_("Choose a drawing or give a photo: each step shows here."))
        return
    try:
        image = decode_image(content)
    except ImageError as error:
        show_error(error, ":material/broken_image:")
        return
    inside = cropped_square(image, 440, crop)
    resized = to_square(image, 224, crop)
    side = round(max(image.size) * (1 - crop))
    st.markdown(_("**From the file to 224 x 224 pixels**"))
    with st.container(horizontal=True):
        for picture, caption in (
            (
                image,
                _("Decoded: {width} x {height}, RGB").format(
                    width=image.width, height=image.height
                ),
            ),
            (inside, _("Borders cut: {side} x {side}").format(side=side)),
            (resized, _("Resized: 224 x 224")),
        ):
            with st.container(width=230):
                st.image(picture, width=220, caption=caption, alt=caption)
    st.markdown(_("**As each network sees it**"))
    with st.container(horizontal=True):
        for key, (label, size) in NETWORKS.items():
            shown, low, high = as_network_sees(to_square(image, size, crop), key)
            caption = _("{label}, {size} pixels: {low} to {high}").format(
                label=_(label), size=size, low=decimal(low, 2), high=decimal(high, 2)
            )
            with st.container(width=230):
                st.image(shown, width=220, caption=caption, alt=caption)
    st.caption(
        _(
            "Each network expects the levels on another scale; VGG16 and ResNet50 take blue "
            "first, which is why their picture looks wrong to us. The values are stretched to be "
            "visible."
        )
    )
    _show_variants(Image.fromarray(resized))


def _show_variants(square: Image.Image) -> None:
    """Show what augmentation makes of the picture."""
    st.markdown(_("**Variants to learn from**"))
    with st.container(horizontal=True):
        for seed in range(5):
            with st.container(width=160):
                st.image(
                    augmented(square, seed),
                    width=150,
                    alt=_("Variant {number}").format(number=seed + 1),
                )
    st.caption(_("Mirrored, shifted and zoomed a little: the same product for a network to learn."))
