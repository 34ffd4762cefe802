"""The geometry of the dashboard's pictures. Pure: numbers in, attributes of SVG elements out.

Amounts are whole minor units; lengths are fractions of a pixel, so they may be floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

STEPS = (1, 2, 5)
MARKS = ((10**12, "t"), (10**9, "bn"), (10**6, "m"), (10**3, "k"))
GAP = 4
RADIUS = 3
INSET = 0.6


@dataclass(frozen=True, slots=True)
class Month:
    """One column: its short name, and amounts in minor units; `expected` is still to come in this month."""

    name: str
    invoiced: int
    received: int
    expected: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """Size of a picture and where its columns stand, in units of its view box."""

    width: int
    height: int
    left: int
    top: int
    base: int
    wide: int
    slim: int


WIDE = Frame(760, 252, 40, 10, 226, 34, 20)
NARROW = Frame(340, 210, 34, 10, 184, 30, 18)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the grid with its label."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Column:
    """The shapes of one month: two paths ("" when nothing is to be drawn) and the dashed box, if any."""

    x: float
    name: str
    invoiced: str
    received: str
    expected: tuple[float, float, float, float] | None
    last: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything a template needs to draw the picture."""

    frame: Frame
    lines: tuple[Line, ...]
    columns: tuple[Column, ...]


def draw(months: Sequence[Month], places: int, frame: Frame) -> Chart:
    """Bars of what was invoiced and received; `places` is the number of decimals of the currency."""
    highest = max((max(month.invoiced, month.received + month.expected) for month in months), default=0)
    ticks = scale(Fraction(highest, 10**places))
    top = int(ticks[-1] * 10**places) or 1
    tall = frame.base - frame.top
    step = (frame.width - frame.left) / max(len(months), 1)
    columns = []
    for place, month in enumerate(months):
        middle = frame.left + step * (place + 0.5)
        received = month.received * tall / top
        columns.append(
            Column(
                x=round(middle, 1),
                name=month.name,
                invoiced=bar(middle - frame.wide / 2, frame.base, frame.wide, month.invoiced * tall / top),
                received=bar(middle - frame.slim / 2, frame.base, frame.slim, received),
                expected=_box(middle, frame, received, month.expected * tall / top),
                last=place == len(months) - 1,
            )
        )
    lines = tuple(Line(round(frame.base - tall * int(tick * 10**places) / top, 1), short(tick)) for tick in ticks)
    return Chart(frame, lines, tuple(columns))


def scale(highest: Fraction) -> list[Fraction]:
    """Round marks from zero to at least `highest` (major units), four to six of them."""
    if highest <= 0:
        return [Fraction(0), Fraction(1)]
    power = Fraction(1)
    while power * 10 < highest:
        power *= 10
    while power > highest:
        power /= 10
    step = next(power * part / 5 for part in (*STEPS, 10) if power * part >= highest)
    return [step * number for number in range(int(-(-highest // step)) + 1)]


def short(amount: Fraction) -> str:
    """A mark on the axis: 0, 250, 1.5k, 2m."""
    size, letter = next(((size, letter) for size, letter in MARKS if amount >= size), (1, ""))
    return f"{amount.numerator / (amount.denominator * size):.3g}{letter}"


def bar(x: float, base: int, width: int, height: float) -> str:
    """The path of a bar with round shoulders, or nothing when it has no height."""
    if height <= 0:
        return ""
    r = round(min(RADIUS, height), 1)
    top = round(base - height + r, 1)
    return f"M{x:.1f} {base}V{top}q0-{r} {r}-{r}h{width - 2 * r:.1f}q{r} 0 {r} {r}V{base}z"


def _box(middle: float, frame: Frame, received: float, expected: float) -> tuple[float, float, float, float] | None:
    """Where the dashed box stands on the bar: x, y, width, height."""
    if expected < 2:
        return None
    # Its outline lies on its edge, half inside: so it is drawn a little slimmer than the bar below it.
    x, y = middle - frame.slim / 2 + INSET, frame.base - received - expected
    return round(x, 1), round(y, 1), round(frame.slim - 2 * INSET, 1), round(expected - INSET, 1)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the ageing bar: colour class a0 to a4, and where it lies on a width of 1000."""

    css: str
    x: float
    width: float


def ages(amounts: Sequence[int], width: int = 1000) -> list[Part]:
    """The parts of one bar in proportion to amounts of one currency, with gaps between; empty ones are left out."""
    total = sum(amounts)
    filled = [(number, amount) for number, amount in enumerate(amounts) if amount > 0]
    room = width - GAP * (len(filled) - 1)
    parts, x = [], 0.0
    for number, amount in filled:
        length = room * amount / total
        parts.append(Part(f"a{number}", round(x, 1), max(round(length, 1), 1.0)))
        x += length + GAP
    return parts
