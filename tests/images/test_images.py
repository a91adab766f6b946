import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from rakuten_core.data.products import CatalogPhotos
from rakuten_core.errors import ImageError
from rakuten_core.images.decoding import decode_image, is_incomplete
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.limits import limits
from tests.conftest import encode

RED, WHITE = (255, 0, 0), (255, 255, 255)
CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture
def picture() -> Image.Image:
    """Red on the left half, blue on the right half, 40 x 20."""
    image = Image.new("RGB", (40, 20), RED)
    ImageDraw.Draw(image).rectangle((20, 0, 39, 19), fill=(0, 0, 255))
    return image


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_accepted_formats_come_out_as_rgb(picture, file_format):
    options = {"quality": 100} if file_format in ("JPEG", "WEBP") else {}
    decoded = decode_image(encode(picture, file_format, **options))
    assert (decoded.mode, decoded.size) == ("RGB", (40, 20))
    assert np.allclose(decoded.getpixel((5, 10)), RED, atol=8)


def test_bytes_a_path_and_a_pil_image_give_the_same(picture, tmp_path):
    content = encode(picture)
    path = tmp_path / "photo.png"
    path.write_bytes(content)
    expected = np.asarray(picture)
    for source in (content, path, str(path), picture):
        assert np.array_equal(np.asarray(decode_image(source)), expected)


def test_a_wrong_extension_does_not_matter(picture, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(picture, "PNG"))
    assert decode_image(path).size == (40, 20)


@pytest.mark.parametrize("file_format", ["BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_refused(picture, file_format):
    with pytest.raises(ImageError, match="Accepted: JPEG, PNG, WebP, GIF"):
        decode_image(encode(picture, file_format))


@pytest.mark.parametrize(
    "content", [b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\x90", b"\0" * 64]
)
def test_fake_pictures_are_refused(content):
    with pytest.raises(ImageError):
        decode_image(content)


def test_an_empty_file_is_refused():
    with pytest.raises(ImageError, match="empty"):
        decode_image(b"")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_truncated_pictures_are_refused(file_format):
    noise = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)
    content = encode(Image.fromarray(noise), file_format)
    with pytest.raises(ImageError, match="damaged"):
        decode_image(content[: len(content) // 2])


def _png_header(width: int, height: int) -> bytes:
    """Return a PNG that announces a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8_000, 60_000])
def test_decompression_bombs_are_refused_before_decoding(side):
    with pytest.raises(ImageError, match="pixels"):
        decode_image(_png_header(side, side))


def test_too_many_bytes_are_refused(tmp_path):
    path = tmp_path / "large.jpg"
    path.write_bytes(b"\xff" * (limits().photo_bytes + 1))
    for source in (path, path.read_bytes()):
        with pytest.raises(ImageError, match=r"20\.0 MB; at most 20 MB"):
            decode_image(source)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ImageError, match=r"none\.jpg cannot be read: No such file"):
        decode_image(tmp_path / "none.jpg")


def test_the_exif_orientation_is_applied(picture):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: the left side is shown on top
    decoded = decode_image(encode(picture, "JPEG", exif=exif, quality=100))
    assert decoded.size == (20, 40)
    assert np.allclose(decoded.getpixel((10, 5)), RED, atol=8)


def test_the_first_frame_of_an_animation_is_taken(picture):
    second = Image.new("RGB", picture.size, (0, 255, 0))
    content = encode(picture, "GIF", save_all=True, append_images=[second])
    assert np.allclose(decode_image(content).getpixel((5, 10)), RED, atol=8)


def test_transparent_pixels_are_laid_over_white():
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    half = Image.new("RGBA", (4, 4), (255, 0, 0, 128))
    grey = Image.new("LA", (4, 4), (0, 0))
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([255, 0, 0] + [0] * 765)
    assert decode_image(encode(clear)).getpixel((0, 0)) == WHITE
    assert decode_image(encode(half)).getpixel((0, 0)) == (255, 127, 127)
    assert decode_image(encode(grey)).getpixel((0, 0)) == WHITE
    assert decode_image(encode(palette, transparency=0)).getpixel((0, 0)) == WHITE
    assert decode_image(encode(palette)).getpixel((0, 0)) == RED


def test_cmyk_grey_and_16_bit_levels_become_rgb():
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    decoded = decode_image(encode(cmyk, "JPEG", quality=100))
    assert decoded.mode == "RGB" and np.allclose(decoded.getpixel((4, 4)), RED, atol=12)
    assert decode_image(encode(Image.new("L", (2, 2), 200))).getpixel((0, 0)) == (200,) * 3
    assert decode_image(encode(Image.new("1", (2, 2), 1))).getpixel((0, 0)) == WHITE
    deep = Image.fromarray(np.full((2, 2), 40_000, np.uint16))
    assert decode_image(encode(deep)).getpixel((0, 0)) == (155,) * 3


def test_metadata_that_cannot_be_read_are_passed_over():
    content = encode(Image.new("RGB", (8, 8), RED), exif=b"Exif\0\0II*\0")
    assert decode_image(content).getpixel((4, 4)) == RED
    for path in sorted((CASES / "56_exif").glob("*.jpg")):
        image = decode_image(path)
        assert image.size == (300, 300) and not is_incomplete(image), path.name
    assert decode_image(CASES / "55_pictures" / "photoshop_xmp.png").size == (300, 300)
    assert decode_image(CASES / "55_pictures" / "samsung.mpo.jpg").size == (300, 300)


@pytest.mark.parametrize("name", ["cut_2_percent.jpg", "cut_4_bytes.jpg", "progressive_cut.jpg"])
def test_a_jpeg_that_lacks_its_end_is_shown_and_known(name):
    path = CASES / "55_pictures" / name
    image = decode_image(path)
    assert is_incomplete(image) and image.size == (300, 300)
    # Not one grey field: the drawing is there.
    assert np.asarray(image).std() > 20


def test_how_much_of_a_jpeg_is_missing_is_seen_before_it_is_turned():
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    turned = Image.Exif()
    turned[0x0112] = 3
    content = encode(Image.fromarray(noise), "JPEG", exif=turned)
    assert is_incomplete(decode_image(content[: int(len(content) * 0.95)]))
    with pytest.raises(ImageError, match="damaged"):
        decode_image(content[: int(len(content) * 0.4)])
    on_white = Image.new("RGB", (200, 200), WHITE)
    on_white.paste(Image.fromarray(noise).resize((90, 60)), (50, 10))
    for progressive in (False, True):
        content = encode(on_white, "JPEG", progressive=progressive)
        assert is_incomplete(decode_image(content[:-40])), progressive


def test_a_large_jpeg_is_decoded_smaller():
    assert decode_image(CASES / "55_pictures" / "huge_9000.jpg").size == (3000, 2100)


def test_a_very_narrow_picture_keeps_its_content():
    square = to_square(Image.new("RGB", (2000, 2), RED), 64)
    assert (square == RED).all(axis=2).any()


def test_one_pixel_is_a_picture():
    square = to_square(decode_image(encode(Image.new("RGB", (1, 1), RED))), 8)
    assert square.shape == (8, 8, 3)
    assert (square == RED).all()


def test_a_wide_picture_is_centred_on_white(picture):
    square = to_square(picture, 40)
    assert square.shape == (40, 40, 3) and square.dtype == np.uint8
    assert (square[:9] == WHITE).all() and (square[-9:] == WHITE).all()
    assert (square[20, 5] == RED).all()


def test_cropping_cuts_the_borders():
    image = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(image).rectangle((10, 10, 89, 89), fill=RED)
    assert (to_square(image, 50, crop=0.2) == RED).all()
    assert (to_square(image, 50)[0, 0] == WHITE).all()
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        to_square(image, 50, crop=1)


def test_preprocessing_is_that_of_keras_applications():
    from keras.applications import mobilenet_v2, resnet50, vgg16

    pixels = np.random.default_rng(0).uniform(0, 255, (2, 4, 4, 3)).astype(np.float32)
    for name, module in (("mobilenet_v2", mobilenet_v2), ("caffe", vgg16), ("caffe", resnet50)):
        expected = module.preprocess_input(pixels.copy())
        assert np.allclose(PREPROCESSING[name](pixels), expected, atol=1e-4)
    lite = PREPROCESSING["efficientnet_lite"](np.array([0.0, 127.0, 255.0]))
    assert lite.tolist() == [-127 / 128, 0, 1]
    assert PREPROCESSING["unit"](np.array([255.0])).tolist() == [1]


def test_batches_stream_photos_in_order(catalog):
    from rakuten_core.training.photo_batches import photo_batches

    names = sorted(catalog.photos.names)[:5]
    preprocess = PREPROCESSING["mobilenet_v2"]
    photos = CatalogPhotos(catalog.photos, names)
    batches = list(
        photo_batches(photos, 32, preprocess, labels=np.arange(5), crop=0.2, batch_size=2)
    )
    assert [tuple(pixels.shape) for pixels, _ in batches] == [(2, 32, 32, 3)] * 2 + [(1, 32, 32, 3)]
    assert np.concatenate([labels for _, labels in batches]).tolist() == [0, 1, 2, 3, 4]
    first = to_square(decode_image(catalog.photos.read(names[0])), 32, 0.2)
    assert np.allclose(batches[0][0][0], preprocess(first.astype(np.float32)), atol=1e-5)


def test_shuffled_batches_are_the_same_for_the_same_seed(catalog):
    from rakuten_core.training.photo_batches import photo_batches

    names = sorted(catalog.photos.names)[:8]

    def order(seed: int | None) -> list[int]:
        batches = photo_batches(
            CatalogPhotos(catalog.photos, names),
            8,
            PREPROCESSING["unit"],
            labels=np.arange(8),
            shuffle_seed=seed,
        )
        return np.concatenate([labels for _, labels in batches]).tolist()

    assert order(None) == list(range(8))
    assert order(3) == order(3) != order(None)
