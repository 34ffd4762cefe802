"""The demo business's logo, drawn rather than shipped."""

from __future__ import annotations

import io

COLOUR = (13, 89, 96)
SAND = (226, 174, 79)


def logo() -> bytes:
    """A PNG of 460 by 460 pixels: a sun over three strands of fibre."""
    from PIL import Image, ImageDraw

    scale, side = 4, 460
    picture = Image.new("RGB", (side * scale, side * scale), "white")
    draw = ImageDraw.Draw(picture)

    def box(left: int, top: int, right: int, bottom: int) -> tuple[int, int, int, int]:
        return left * scale, top * scale, right * scale, bottom * scale

    draw.ellipse(box(150, 60, 310, 220), fill=SAND)
    for number in range(3):
        top = 170 + number * 70
        draw.arc(box(40, top, 235, top + 120), 180, 360, fill=COLOUR, width=26 * scale)
        draw.arc(box(225, top, 420, top + 120), 0, 180, fill=COLOUR, width=26 * scale)
    drawn = io.BytesIO()
    picture.resize((side, side), Image.Resampling.LANCZOS).save(drawn, "PNG")
    return drawn.getvalue()
