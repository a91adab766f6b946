"""Of each type, the channels that speak for it most, and what excites them."""

import streamlit as st

from pages.shared.loaders import load_classifier, report
from pages.shared.part import part
from pages.shared.pickers import choose_type
from pages.shared.products import catalog_or_none
from rakuten_core.data.catalog import Catalog
from rakuten_core.errors import RakutenError
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.language import _, number, signed
from rakuten_core.reports.strongest_channels import Channel, channel_facts, channels_of

_SIDE = 320
_SHOWN = 6


def _show_photos(catalog: Catalog, channel: Channel, share: float) -> None:
    """Show the parts of test photos that excite a channel most."""
    known = catalog.products.set_index("productid")["photo"]
    with st.container(horizontal=True):
        for row in channel.photos.head(_SHOWN).itertuples():
            name = known.get(row.productid)
            if not isinstance(name, str):
                continue
            try:
                square = to_square(decode_image(catalog.photos.read(name)), _SIDE)
            except RakutenError as error:
                st.caption(f":material/broken_image: {error}")
                continue
            left, top, side = (round(_SIDE * each) for each in (row.left, row.top, share))
            st.image(
                square[top : top + side, left : left + side],
                width=110,
                caption=f"{row.productid}",
                alt=_("Part of the photo of product {product}").format(product=row.productid),
            )


@part
def show_channels() -> None:
    """Show the strongest channels of a chosen type."""
    facts = report(channel_facts)
    code = choose_type(_("Product type"), "channel-type", 2583)
    st.caption(
        _(
            "The last layer of `{model}` has {channels} channels. These three add most to the "
            "log-odds of the type, on average over its photos ({rows} training photos in all). The "
            "picture is the mean of the {count} patches that excite the channel most."
        ).format(
            model=facts["model"],
            channels=number(load_classifier().looking.network.channels),
            rows=number(facts["rows"]),
            count=facts["patches_of_a_mean"],
        )
    )
    found = report(channels_of, code)
    if not found:
        st.info(_("No photo of this type was there to learn from."))
        return
    catalog = catalog_or_none()
    for channel in found:
        with st.container(border=True, horizontal=True):
            st.image(
                channel.patch,
                width=150,
                alt=_("Mean of what excites channel {channel}").format(channel=channel.number),
            )
            with st.container():
                st.markdown(
                    _("**Channel {channel}** adds {gain}").format(
                        channel=channel.number, gain=signed(channel.gain, 2)
                    )
                )
                if catalog is not None:
                    _show_photos(catalog, channel, facts["patch_share"])
                else:
                    st.caption(
                        _("Test products that excite it most: {products}").format(
                            products=", ".join(map(str, channel.photos["productid"]))
                        )
                    )
    if catalog is None:
        st.caption(
            _("To see titles and photos, set RAKUTEN_DATA to the folder of the challenge's data.")
        )
