"""The one decoder for every picture that enters the system, from a catalogue or from a user."""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from rakuten_core.errors import ImageError
from rakuten_core.language import _, decimal, number

ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
ACCEPTED_EXTENSIONS = ("jpg", "jpeg", "png", "webp", "gif")
MAX_BYTES = 20 * 2**20
MAX_PIXELS = 25_000_000
MAX_SIDE = 16_384
"""A longer side is refused: what is laid out square must not outgrow the limit by far."""

_WHITE = (255, 255, 255)


def decode_image(source: object) -> Image.Image:
    """Return a picture as upright RGB on white.

    Formats and sizes are checked before any pixel is decoded. The EXIF orientation is applied;
    transparent pixels are laid over white; palettes, grey levels, 16-bit levels and CMYK are
    converted; of an animation the first frame is taken.

    Args:
        source: an encoded picture, the path of one, or an already open PIL image; anything else
            is refused.

    Raises:
        ImageError: the picture is empty, too large, damaged, or none of JPEG, PNG, WebP and GIF, or
            what was given is no picture at all.
    """
    if isinstance(source, Image.Image):
        return _finish(source)
    if isinstance(source, (str, Path)):
        source = _read(Path(source))
    if not isinstance(source, (bytes, bytearray, memoryview)):
        raise ImageError(
            _(
                "A picture is given as bytes, as a path or as a PIL image. Received: {received}."
            ).format(received=type(source).__name__)
        )
    source = bytes(source)
    if not source:
        raise ImageError(_("The picture is empty (0 bytes). Choose another file."))
    if len(source) > MAX_BYTES:
        raise ImageError(
            _(
                "The picture has {size} MB; at most {limit} MB are accepted. Save it smaller."
            ).format(size=decimal(len(source) / 2**20, 1), limit=MAX_BYTES // 2**20)
        )
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures by its own limit; the limit here is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(source), formats=ACCEPTED_FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(None) from error
    except Image.UnidentifiedImageError as error:
        raise ImageError(
            _(
                "The file is not a picture of an accepted kind, whatever its name says. Accepted: "
                "JPEG, PNG, WebP, GIF."
            )
        ) from error
    except Exception as error:
        raise _damaged(error) from error
    return _finish(image)


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ImageError(
                _("The picture {path} cannot be read: it is no file.").format(path=path)
            )
        if path.stat().st_size > MAX_BYTES:
            raise ImageError(
                _("{name} has {size} MB; at most {limit} MB are accepted. Save it smaller.").format(
                    name=path.name,
                    size=decimal(path.stat().st_size / 2**20, 1),
                    limit=MAX_BYTES // 2**20,
                )
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        # A path with a nul byte is a ValueError.
        reason = getattr(error, "strerror", None) or error
        raise ImageError(
            _("The picture {path} cannot be read: {error}.").format(path=path, error=reason)
        ) from error


def _finish(image: Image.Image) -> Image.Image:
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise _too_many_pixels(image.size)
    try:
        image.load()
        image = ImageOps.exif_transpose(image)
        return _to_rgb(image)
    except Exception as error:
        # Pillow's parsers raise what they will on crafted files: struct.error, TypeError, ...
        raise _damaged(error) from error


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        # 16-bit grey levels: Pillow's own conversion to 8 bits would clip them.
        levels = np.asarray(image)
        if levels.dtype != np.uint16:
            levels = levels.clip(0, 65535).astype(np.uint16)
        return Image.fromarray((levels // 257).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        background = Image.new("RGB", image.size, _WHITE)
        background.paste(image, mask=image.getchannel("A"))
        return background
    return image.convert("RGB")


def _too_many_pixels(size: tuple[int, int] | None) -> ImageError:
    measured = (
        _("{width} x {height} pixels").format(width=number(size[0]), height=number(size[1]))
        if size
        else _("too many pixels")
    )
    return ImageError(
        _(
            "The picture has {measured}; at most {pixels} million and sides of {side} are "
            "accepted. Save it smaller."
        ).format(measured=measured, pixels=number(MAX_PIXELS / 1000000.0), side=number(MAX_SIDE))
    )


def _damaged(error: Exception) -> ImageError:
    return ImageError(
        _("The picture is damaged or incomplete ({error}). Choose another file.").format(
            error=error
        )
    )
