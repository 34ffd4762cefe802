"""Logos: any picture somebody uploads becomes a small clean PNG. The library that decodes is read when one comes."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

from app.errors import Invalid

if TYPE_CHECKING:
    from PIL import Image

MAX_LOGO_BYTES = 2 * 1024 * 1024
MAX_SIDE = 8_000
MAX_PIXELS = 24_000_000
LOGO_SIDE = 460
SCREEN_SIZE = (400, 120)
SCREEN_BYTES = 15_000

_FORMATS = ("PNG", "JPEG", "WEBP")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)


class BadImage(Invalid):
    """This picture cannot be used. Choose a PNG, JPEG or WebP of at most 2 MB."""

    def __init__(self, sentence: str) -> None:
        super().__init__("logo", sentence)
        self.sentence = sentence


def clean_logo(raw: bytes) -> bytes:
    """The logo as an RGB PNG on white, at most 460 pixels wide and high, without metadata.

    It is decoded and drawn anew, so nothing hidden in the upload survives. Raises BadImage for more than 2 MB, for
    anything that is not PNG, JPEG or WebP, for damaged pictures and for more than 8,000 pixels a side or 24 million
    in all.
    """
    from PIL import Image, ImageOps

    if len(raw) > MAX_LOGO_BYTES:
        raise BadImage("The picture is larger than 2 MB. Save it smaller and try again.")
    try:
        with Image.open(io.BytesIO(raw), formats=_FORMATS) as picture:
            if max(picture.size) > MAX_SIDE or picture.width * picture.height > MAX_PIXELS:
                raise BadImage("The picture has too many pixels. Save it at most 8,000 pixels wide and high.")
            return _as_png(_on_white(ImageOps.exif_transpose(picture)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadImage("The picture has too many pixels. Save it at most 8,000 pixels wide and high.") from error
    except BadImage:
        raise
    except _BROKEN as error:
        raise BadImage("This file is not a PNG, JPEG or WebP picture, or it is damaged.") from error


def for_screens(logo: bytes) -> bytes:
    """A logo that `clean_logo` made, as pages and mails show it: at most 400 by 120 pixels and 15,000 bytes.

    What is too large even so, a photograph say, gets 128 colours, and then fewer pixels until it fits.
    """
    from PIL import Image

    with Image.open(io.BytesIO(logo), formats=("PNG",)) as picture:
        drawn = picture.convert("RGB")
    drawn.thumbnail(SCREEN_SIZE, Image.Resampling.LANCZOS)
    made = _as_png(drawn)
    while len(made) > SCREEN_BYTES:
        made = _as_png(drawn.quantize(128))
        drawn.thumbnail((drawn.width * 4 // 5, drawn.height * 4 // 5), Image.Resampling.LANCZOS)
    return made


def _on_white(picture: Image.Image) -> Image.Image:
    from PIL import Image

    if picture.mode.startswith("I"):
        # Sixteen bits a pixel: plain conversion would clip nearly every grey to white.
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    drawn = picture.convert("RGBA")
    drawn.thumbnail((LOGO_SIDE, LOGO_SIDE), Image.Resampling.LANCZOS)
    sheet = Image.new("RGB", drawn.size, "white")
    sheet.paste(drawn, mask=drawn.getchannel("A"))
    return sheet


def _as_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, format="PNG", optimize=True)
    return out.getvalue()
