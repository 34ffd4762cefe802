"""Our fonts: where they stand, and how much room a text takes in them (points, 1/72 inch)."""

import functools
from collections.abc import Sequence
from pathlib import Path

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from app.invoices.pdf.text import one_line, printable

ASSETS = Path(__file__).resolve().parent / "assets"
REGULAR, BOLD = "duely-measure", "duely-measure-bold"


@functools.cache
def prepare() -> None:
    """Sets ReportLab up once per process: no dates in the file (same input, same bytes) and our measuring faces."""
    rl_config.invariant = 1
    rl_config.useA85 = 0
    for face, file in ((REGULAR, "Inter-Regular.ttf"), (BOLD, "Inter-SemiBold.ttf")):
        pdfmetrics.registerFont(TTFont(face, str(ASSETS / "fonts" / file)))


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide the text is on one line, in points."""
    return float(pdfmetrics.stringWidth(printable(text), BOLD if bold else REGULAR, size))


def widest(texts: Sequence[str], size: float, bold: bool = False) -> float:
    """The width of the widest text, 0 for none."""
    return max((width(text, size, bold) for text in texts), default=0.0)


def wrap(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """The text cut into lines that fit the room, as the page will cut it: between words, an over-long word anywhere."""
    lines: list[str] = []
    left = 0.0
    space = width(" ", size, bold)
    for word in printable(text).split(" "):
        for part in _chunks(word, size, room, bold):
            wide = width(part, size, bold)
            if lines and left >= space + wide:
                lines[-1] += " " + part
                left -= space + wide
            elif part:
                lines.append(part)
                left = room - wide
    return lines


def _chunks(word: str, size: float, room: float, bold: bool) -> list[str]:
    """The word, in pieces that fit when it does not."""
    if width(word, size, bold) <= room:
        return [word]
    face = pdfmetrics.getFont(BOLD if bold else REGULAR).face
    chunks, left = [""], room
    for char in word:
        wide = face.charWidths.get(ord(char), face.defaultWidth) * size / 1000
        if wide > left and chunks[-1]:
            chunks.append("")
            left = room
        chunks[-1] += char
        left -= wide
    return chunks


def count(text: str, size: float, room: float, bold: bool = False) -> int:
    """How many lines the text needs."""
    return len(wrap(text, size, room, bold))


def clip(text: str, size: float, room: float, most: int, bold: bool = False) -> str:
    """The text without line breaks, cut with an ellipsis where it would need more than `most` lines."""
    text = one_line(text)
    if not text or width(text, size, bold) <= room:
        return text
    lines = wrap(text, size, room, bold)
    if len(lines) <= most:
        return text
    last = lines[most - 1]
    while last and width(last + "\u2026", size, bold) > room:
        last = last[:-1]
    return " ".join([*lines[: most - 1], last]) + "\u2026"


def fit(text: str, size: int, room: float, least: int = 7) -> int:
    """The largest size not above `size` at which the bold text stands on one line; never below `least`."""
    while size > least and width(text, size, bold=True) > room:
        size -= 1
    return size


@functools.cache
def _glyphs() -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(REGULAR).face.charToGlyph)


def drawable(text: str) -> bool:
    """True when the main font has every character of the text."""
    return _glyphs().issuperset(map(ord, text))
