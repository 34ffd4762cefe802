"""A logo is decoded and drawn anew; what cannot be a small picture is refused with a sentence."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.storage.images import LOGO_SIDE, MAX_LOGO_BYTES, SCREEN_BYTES, BadImage, clean_logo, for_screens


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, format=kind, **options)
    return out.getvalue()


def opened(raw: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(raw))
    picture.load()
    return picture


def plain(size: tuple[int, int] = (40, 20), mode: str = "RGB", colour: object = (200, 10, 10)) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_three_formats_become_rgb_png(kind: str) -> None:
    logo = opened(clean_logo(saved(plain(), kind)))
    assert (logo.format, logo.mode, logo.size) == ("PNG", "RGB", (40, 20))
    red, green, blue = logo.getpixel((20, 10))  # type: ignore[misc]
    assert red > 180
    assert green < 40
    assert blue < 40


@pytest.mark.parametrize(
    "size, expected", [((920, 230), (460, 115)), ((230, 920), (115, 460)), ((5000, 10), (460, 1)), ((1, 1), (1, 1))]
)
def test_large_logos_shrink_in_proportion_and_small_ones_stay(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert opened(clean_logo(saved(plain(size), "PNG"))).size == expected
    assert max(expected) <= LOGO_SIDE


def test_transparency_becomes_white() -> None:
    assert opened(clean_logo(saved(plain(mode="RGBA", colour=(0, 0, 0, 0)), "PNG"))).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "mode, colour", [("1", 1), ("L", 128), ("LA", (128, 255)), ("P", 3), ("CMYK", (0, 200, 0, 0)), ("I;16", 40000)]
)
def test_every_kind_of_pixel_is_accepted(mode: str, colour: object) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(clean_logo(saved(plain(mode=mode, colour=colour), kind))).mode == "RGB"


def test_sixteen_bit_grey_keeps_its_brightness() -> None:
    logo = opened(clean_logo(saved(plain(mode="I;16", colour=32768), "PNG")))
    assert logo.getpixel((5, 5)) == (128, 128, 128)


def test_a_photograph_is_turned_upright_and_forgets_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    cleaned = clean_logo(saved(plain((40, 20)), "JPEG", exif=exif))
    assert opened(cleaned).size == (20, 40)
    assert b"taken at home" not in cleaned
    assert not opened(cleaned).getexif()


def test_text_and_trailing_bytes_hidden_in_a_picture_are_gone() -> None:
    info = PngInfo()
    info.add_text("comment", "<script>alert(1)</script>")
    raw = saved(plain(), "PNG", pnginfo=info) + b"PK\x03\x04 a zip behind the picture"
    cleaned = clean_logo(raw)
    assert b"script" not in cleaned
    assert b"PK\x03\x04" not in cleaned


def png_header(width: int, height: int) -> bytes:
    """A PNG that only claims its size: the pixels are missing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8001, 10), (10, 8001), (6000, 6000), (12000, 9000), (60000, 60000)])
def test_a_picture_that_would_unpack_to_a_giant_is_refused_unopened(size: tuple[int, int]) -> None:
    with pytest.raises(BadImage, match="too many pixels"):
        clean_logo(png_header(*size))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        saved(plain(), "GIF"),
        saved(plain(), "BMP"),
        saved(plain(), "TIFF"),
        saved(plain((300, 300)), "PNG")[:120],
        saved(plain((300, 300)), "JPEG")[:400],
        png_header(0, 0),
        png_header(100, 100),
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"RIFF\x10\0\0\0WEBPVP8 garbage!",
        b"\xff\xd8\xff" + b"\0" * 50,
    ],
)
def test_what_is_no_picture_of_the_three_kinds_is_refused(raw: bytes) -> None:
    with pytest.raises(BadImage, match="not a PNG, JPEG or WebP picture, or it is damaged") as caught:
        clean_logo(raw)
    assert caught.value.errors == {"logo": [caught.value.sentence]}


def test_more_than_two_megabytes_are_refused_unread() -> None:
    with pytest.raises(BadImage, match="larger than 2 MB"):
        clean_logo(saved(plain(), "PNG") + b"\0" * MAX_LOGO_BYTES)


class TestForScreens:
    @pytest.mark.parametrize(
        "size, expected", [((460, 460), (120, 120)), ((460, 46), (400, 40)), ((90, 60), (90, 60)), ((1, 460), (1, 120))]
    )
    def test_it_fits_beside_a_name(self, size: tuple[int, int], expected: tuple[int, int]) -> None:
        shown = opened(for_screens(clean_logo(saved(plain(size), "PNG"))))
        assert (shown.format, shown.size) == ("PNG", expected)

    def test_a_drawing_keeps_its_colours(self) -> None:
        picture = plain((300, 300), colour=(13, 89, 96))
        picture.paste((226, 174, 79), (0, 0, 150, 300))
        shown = opened(for_screens(clean_logo(saved(picture, "PNG")))).convert("RGB")
        assert [shown.getpixel(at) for at in ((10, 60), (110, 60))] == [(226, 174, 79), (13, 89, 96)]

    @pytest.mark.parametrize("size", [(460, 460), (460, 138)])
    def test_even_noise_fits_into_fifteen_thousand_bytes(self, size: tuple[int, int]) -> None:
        """Nothing is harder to pack than noise, so whatever is uploaded fits."""
        noise = Image.merge("RGB", [Image.effect_noise(size, 200) for _ in range(3)])
        kept = clean_logo(saved(noise, "PNG"))
        assert len(kept) > 5 * SCREEN_BYTES
        small = for_screens(kept)
        assert len(small) <= SCREEN_BYTES
        assert opened(small).height >= 60
