"""The sheet: sizes and the one axis at 56 % of the width that everything stands on. Points."""

from dataclasses import dataclass

SHEETS = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}
MARGIN, GUTTER = 56, 16
TOP_FIRST, TOP_MORE, BOTTOM = 44, 74, 60
SPARE = 8  # room left at the foot for rounding in the layout engine
INK = "#14171a"


@dataclass(frozen=True)
class Paper:
    """One sheet: outer size, text width, the wide (left) and narrow (right) column."""

    sheet_w: float
    sheet_h: float
    text_w: float
    wide: float
    narrow: float
    margin: int = MARGIN
    gutter: int = GUTTER

    @property
    def axis(self) -> float:
        """Where the narrow column begins."""
        return round(self.wide + self.gutter, 1)

    @property
    def room_first(self) -> float:
        """Height of the first page's body."""
        return self.sheet_h - TOP_FIRST - BOTTOM - SPARE

    @property
    def room_more(self) -> float:
        """Height of a further page's body."""
        return self.sheet_h - TOP_MORE - BOTTOM - SPARE


def paper(name: str) -> Paper:
    """The sheet called `a4` or `letter`."""
    sheet_w, sheet_h = SHEETS[name]
    text_w = round(sheet_w - 2 * MARGIN, 2)
    wide = round(text_w * 0.56, 1)
    return Paper(sheet_w, sheet_h, text_w, wide, round(text_w - wide - GUTTER, 2))


def legible(accent: str) -> str:
    """The accent for text, or ink where its contrast on white is below 4.5 to 1 (WCAG 2.2)."""
    parts = [int(accent[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return accent if 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5 else INK
