"""A photo on its way through the image network: filters, maps along the depth, the crop."""

import streamlit as st

from pages.shared.instruments import load_layers
from pages.shared.loaders import load_classifier
from pages.shared.part import part
from pages.shared.pickers import is_dark
from pages.shared.picture import choose_picture
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference.explanations import activation_map, overlay
from rakuten_core.inference.models.image_network import ImageNetwork, LinearHead
from rakuten_core.inference.network_layers import strongest_channels
from rakuten_core.language import N_, _, number, percent_format
from rakuten_core.presentation.charts import chance
from rakuten_core.presentation.feature_images import filter_sheet, map_image
from rakuten_core.taxonomy import PRODUCT_TYPES

_SHOWN = 8
_DEPTHS = (
    N_("Edges and colours"),
    N_("Textures"),
    N_("Small patterns"),
    N_("Parts"),
    N_("What the type is read from"),
)


def _show_layers(content: bytes, crop: float) -> None:
    layers = load_layers().layers(content, crop)
    for place, layer in enumerate(layers):
        # Whatever the depth of a network, the last is the last.
        name = _DEPTHS[-1] if layer is layers[-1] else _DEPTHS[min(place, len(_DEPTHS) - 2)]
        st.markdown(
            _("**{name}**: {channels} maps of {size} x {size} places").format(
                name=_(name), channels=number(layer.maps.shape[2]), size=layer.size
            )
        )
        with st.container(horizontal=True):
            for channel in strongest_channels(layer.maps, _SHOWN):
                st.image(
                    map_image(layer.maps[:, :, channel], 220, is_dark()),
                    caption=f"{channel}",
                    width=104,
                    alt=_("Map of channel {channel}").format(channel=channel),
                )


def _show_decision(looking: ImageNetwork, content: bytes, crop: float) -> None:
    """Show where the network looks with all of the photo and without its borders."""
    if not isinstance(looking.head, LinearHead):
        return
    st.subheader(_("Where it looks, and what the crop changes"), anchor=False)
    picture = decode_image(content)
    width, height = picture.size
    left, top = round(width * crop / 2), round(height * crop / 2)
    inside = picture.crop((left, top, max(width - left, left + 1), max(height - top, top + 1)))
    shown = {_("All of the photo"): picture}
    if crop:
        shown[_("Without its borders")] = inside
    for column, (name, each) in zip(st.columns(2), shown.items(), strict=False):
        look = looking.look(each)
        best = int(look.probabilities.argmax())
        with column:
            st.image(
                overlay(look.square, activation_map(looking.head, look.features, best)),
                width=260,
                alt=_("The photo, coloured where it speaks for {answer}").format(
                    answer=PRODUCT_TYPES[best].label
                ),
            )
            st.markdown(
                _("{name}: **{answer}**, {probability}").format(
                    name=name,
                    answer=PRODUCT_TYPES[best].label,
                    probability=chance(float(look.probabilities[best])),
                )
            )


@part
def show_photo() -> None:
    """Show filters, maps and decision of a photo; another crop draws them anew."""
    looking = load_classifier().looking
    st.markdown(
        _(
            "`{model}` starts with {count} filters of 3 x 3 pixels. Each answers to one pattern: "
            "a colour, an edge in one direction."
        ).format(model=looking.name, count=len(load_layers().filters))
    )
    st.image(filter_sheet(load_layers().filters), alt=_("The filters of the first layer"))
    content = choose_picture("inside-drawing")
    if content is None:
        st.info(_("Choose a drawing or give a photo: each step shows here."))
        return
    crop = st.slider(
        _("Crop of the borders"), 0, 60, 0, 5, format=percent_format(), key="inside-crop"
    )
    st.caption(
        _(
            "Of each depth the {count} maps that the photo excites most; the deeper the colour, "
            "the stronger. With the depth, places grow fewer and what they answer to richer."
        ).format(count=_SHOWN)
    )
    _show_layers(content, crop / 100)
    _show_decision(looking, content, crop / 100)
