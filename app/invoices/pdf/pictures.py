"""The two pictures on paper, as data URIs: the QR code and the logo."""

import base64
import binascii
import functools
import io
import struct
from typing import NamedTuple

import segno

from app.invoices.pdf.errors import BadDocument

LOGO_ROOM = (190.0, 32.0)
"""The largest logo on paper, width and height in points."""
PNG = b"\x89PNG\r\n\x1a\n"
MOST_BYTES, MOST_PIXELS = 1_000_000, 4_000_000


class Picture(NamedTuple):
    """A data URI and its size on paper in points."""

    src: str
    width: float
    height: float


@functools.lru_cache(256)
def qr(url: str) -> Picture:
    """A QR code of the address, 64 points wide: a phone reads it from paper."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="png", scale=6, border=0, dark="#000", light="#fff")
    return Picture("data:image/png;base64," + base64.b64encode(out.getvalue()).decode(), 64, 64)


def logo(png: str) -> Picture:
    """The logo, scaled to its room. Raises BadDocument when it is no PNG, or a huge one."""
    try:
        raw = base64.b64decode(png, validate=True)
    except (binascii.Error, ValueError):
        raise BadDocument("business.logo: not base64") from None
    if len(raw) > MOST_BYTES or raw[:8] != PNG or raw[12:16] != b"IHDR":
        raise BadDocument("business.logo: not a PNG of at most 1 MB")
    across, down = struct.unpack(">II", raw[16:24])
    if not across or not down or across * down > MOST_PIXELS:
        raise BadDocument("business.logo: at most four million pixels")
    scale = min(LOGO_ROOM[0] / across, LOGO_ROOM[1] / down)
    return Picture("data:image/png;base64," + png, round(across * scale, 1), round(down * scale, 1))
