"""The one decoder for every picture that enters the system, from a catalogue or from a user."""

import io
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from rakuten_core.errors import ImageError
from rakuten_core.language import _, decimal, number
from rakuten_core.limits import limits
from rakuten_core.sandbox import decoding, is_guarded

ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
ACCEPTED_EXTENSIONS = ("jpg", "jpeg", "jfif", "jpe", "png", "webp", "gif")

# What Pillow says of metadata and sizes is no concern of whoever asks: what matters is raised here.
warnings.filterwarnings("ignore", module=r"PIL\.")

_WHITE = (255, 255, 255)
# No text of a file can be this object.
_MARK, _INCOMPLETE = "rakuten_core", object()
_JPEG, _END_OF_JPEG = b"\xff\xd8\xff", b"\xff\xd9"
_PNG = b"\x89PNG\r\n\x1a\n"
# A marker: in the coded data no byte follows 0xff but zero.
_SCAN = b"\xff\xda"
_MOST_SCANNED_PIXELS = 1_000_000_000
_HANDED_OVER = 2048
_COSTLY_PIXELS, _COSTLY_SCANNED_PIXELS = 8_000_000, 300_000_000
# Rows of a transparent picture that are laid over white at once.
_STRIP = 256
# What a PNG is made of; the other parts are remarks: profiles, texts, times.
_PNG_PARTS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
# A JPEG of which more is missing is not shown as a photo.
_MOST_MISSING = 0.25
_WHITE_ENOUGH = 250


def decode_image(source: object) -> Image.Image:
    """Return a picture as upright RGB on white.

    Formats and sizes are checked before any pixel is decoded. The EXIF orientation is applied;
    transparent pixels are laid over white; palettes, grey levels, 16-bit levels and CMYK are
    converted; of an animation the first frame is taken. Metadata that cannot be read are passed
    over. A JPEG that lacks its end is shown as far as it goes, as browsers do: see `is_incomplete`.
    A server decodes what may cost much in a child process, and gets it with sides of 2,048 pixels
    at most.

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
    check_image(source)
    if is_guarded() and _is_costly(source):
        return decoding().run(_decoded_smaller, source)
    return _decoded(source)


def _decoded_smaller(source: bytes) -> Image.Image:
    image = _decoded(source)
    # More than any model or page looks at, and little to hand over.
    image.thumbnail((_HANDED_OVER, _HANDED_OVER))
    return image


def _decoded(source: bytes) -> Image.Image:
    try:
        return _finish(_opened(source))
    except _DamagedError:
        if source.startswith(_PNG):
            return _finish(_opened(_without_remarks(source)))
        if source.startswith(_JPEG):
            return _finish(_opened(source + _END_OF_JPEG), incomplete=True)
        raise


def check_image(source: bytes) -> None:
    """Check kind and size of an encoded picture without decoding a pixel.

    Raises:
        ImageError: it is empty, too large, none of JPEG, PNG, WebP and GIF, or a JPEG of more scans
            than any that is made to be looked at.
    """
    _check_size(source)
    try:
        with _opened(source) as image:
            _check_pixels(image)
            pixels = image.width * image.height
    except _DamagedError:
        # What can be mended of it is known when it is decoded.
        return
    scans = source.count(_SCAN) if source.startswith(_JPEG) else 0
    if scans > limits().photo_scans or scans * pixels > _MOST_SCANNED_PIXELS:
        raise ImageError(
            _(
                "The picture is a JPEG of {scans} scans, which takes too long to decode. Save it "
                "again."
            ).format(scans=number(scans))
        )


def _is_costly(source: bytes) -> bool:
    """Return whether it may take more than a moment to decode a picture, or much memory."""
    try:
        width, height = _opened(source).size
    except _DamagedError:
        return False
    if source.startswith(_JPEG):
        # Each scan goes over the whole picture.
        return width * height * source.count(_SCAN) > _COSTLY_SCANNED_PIXELS
    return width * height > _COSTLY_PIXELS


def _check_size(source: bytes) -> None:
    if not source:
        raise ImageError(_("The picture is empty (0 bytes). Choose another file."))
    if len(source) > limits().photo_bytes:
        raise ImageError(
            _(
                "The picture has {size} MB; at most {limit} MB are accepted. Save it smaller."
            ).format(size=decimal(len(source) / 2**20, 1), limit=limits().photo_mb)
        )


def is_incomplete(image: Image.Image) -> bool:
    """Return whether the end of a picture that `decode_image` returned is missing."""
    return image.info.get(_MARK) is _INCOMPLETE


class _DamagedError(ImageError):
    """A picture that the decoder cannot make sense of."""


def _opened(source: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(source), formats=ACCEPTED_FORMATS)
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


def _without_remarks(source: bytes) -> bytes:
    """Return a PNG without texts and profiles: Pillow refuses large ones."""
    return _PNG + b"".join(part for kind, part in _png_parts(source) if kind in _PNG_PARTS)


def _png_parts(source: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG)
    while place + 12 <= len(source):
        length, kind = struct.unpack_from(">I4s", source, place)
        yield kind, source[place : place + length + 12]
        place += length + 12


def _check_completeness(image: Image.Image) -> None:
    """Raise an ImageError where too much of a JPEG without its end is missing.

    What is missing the decoder fills with one colour, from the top to the bottom; a white bottom
    may also be the photo's own. A progressive JPEG is there as a whole, only less sharp.
    """
    levels = np.asarray(image.convert("RGB"))
    fill = levels[-1, -1]
    filled = (levels == fill).all(axis=(1, 2))
    missing = len(filled) if filled.all() else int(np.argmin(filled[::-1]))
    own = "progressive" in image.info or fill.min() >= _WHITE_ENOUGH
    if missing > _MOST_MISSING * len(filled) and not (own and missing < len(filled)):
        raise _damaged(EOFError(_("its end is missing")))


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ImageError(
                _("The picture {path} cannot be read: it is no file.").format(path=path)
            )
        if path.stat().st_size > limits().photo_bytes:
            raise ImageError(
                _("{name} has {size} MB; at most {limit} MB are accepted. Save it smaller.").format(
                    name=path.name,
                    size=decimal(path.stat().st_size / 2**20, 1),
                    limit=limits().photo_mb,
                )
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        # A path with a nul byte is a ValueError.
        reason = getattr(error, "strerror", None) or error
        raise ImageError(
            _("The picture {path} cannot be read: {error}.").format(path=path, error=reason)
        ) from error


def _finish(image: Image.Image, incomplete: bool = False) -> Image.Image:
    _check_pixels(image)
    try:
        image.load()
        if incomplete:
            _check_completeness(image)
        finished = _to_rgb(_upright(image))
        if incomplete:
            finished.info[_MARK] = _INCOMPLETE
        return finished
    except (ImageError, MemoryError):
        raise
    except Exception as error:
        # Pillow's parsers raise what they will on crafted files: struct.error, TypeError, ...
        raise _damaged(error) from error


def _check_pixels(image: Image.Image) -> None:
    """Refuse a picture of too many pixels; a large JPEG is decoded at half its size or less."""
    size, most = image.size, limits()
    whole, of_jpeg = most.photo_megapixels * 10**6, most.jpeg_megapixels * 10**6
    if image.format == "JPEG" and whole < size[0] * size[1] <= of_jpeg:
        image.draft("RGB", (size[0] // 2, size[1] // 2))
    if image.width * image.height > whole or max(size) > most.photo_side:
        raise _too_many_pixels(size)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        # Cameras and tools write EXIF that no reader understands: the pixels are as good.
        return image


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
        return _on_white(image)
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    background = Image.new("RGB", image.size, _WHITE)
    for top in range(0, image.height, _STRIP):
        bottom = min(top + _STRIP, image.height)
        strip = image.crop((0, top, image.width, bottom)).convert("RGBA")
        background.paste(strip, (0, top), strip)
    return background


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
        ).format(
            measured=measured,
            pixels=number(limits().photo_megapixels),
            side=number(limits().photo_side),
        )
    )


def _damaged(error: Exception) -> _DamagedError:
    return _DamagedError(
        _("The picture is damaged or incomplete ({error}). Choose another file.").format(
            error=error
        )
    )
