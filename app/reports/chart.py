"""The geometry of the dashboard's pictures. Pure: numbers in, attributes of SVG elements out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

STEPS = (1, 2, 5)
MARKS = ((10**12, "t"), (10**9, "bn"), (10**6, "m"), (10**3, "k"))
GAP = 4
RADIUS = 3


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

    y: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class Column:
    """The shapes of one month: two paths ("" when nothing is to be drawn) and the dashed box, if any."""

    x: Decimal
    name: str
    invoiced: str
    received: str
    expected: tuple[Decimal, Decimal, Decimal, Decimal] | None
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
    top = ticks[-1] * Fraction(10**places)

    def height(minor: int) -> Fraction:
        return Fraction(minor * (frame.base - frame.top)) / top

    step = Fraction(frame.width - frame.left, max(len(months), 1))
    columns = []
    for place, month in enumerate(months):
        middle = frame.left + step * place + step / 2
        columns.append(
            Column(
                x=tenths(middle),
                name=month.name,
                invoiced=bar(middle - Fraction(frame.wide, 2), frame.base, frame.wide, height(month.invoiced)),
                received=bar(middle - Fraction(frame.slim, 2), frame.base, frame.slim, height(month.received)),
                expected=_box(middle, frame, height(month.received), height(month.expected)),
                last=place == len(months) - 1,
            )
        )
    lines = tuple(Line(tenths(frame.base - height(int(tick * 10**places))), short(tick)) for tick in ticks)
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
    return f"{_decimal(amount / size):.3g}{letter}"


def bar(x: Fraction, base: int, width: int, height: Fraction) -> str:
    """The path of a bar with round shoulders, or nothing when it has no height."""
    if height <= 0:
        return ""
    r = tenths(min(Fraction(RADIUS), height))
    top = tenths(base - height) + r
    return f"M{tenths(x)} {base}V{top}q0-{r} {r}-{r}h{width - 2 * r}q{r} 0 {r} {r}V{base}z"


def tenths(value: Fraction) -> Decimal:
    """A length with one decimal, which is finer than any screen."""
    return _decimal(value).quantize(Decimal("0.1"))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _box(
    middle: Fraction, frame: Frame, received: Fraction, expected: Fraction
) -> tuple[Decimal, Decimal, Decimal, Decimal] | None:
    """Where the dashed box stands on the bar: x, y, width, height."""
    if expected < 2:
        return None
    # Its outline lies on its edge, half inside: so it is drawn a little slimmer than the bar below it.
    left, width = middle - Fraction(frame.slim, 2), Fraction(frame.slim)
    inset = Fraction(3, 5)
    y = frame.base - received - expected
    return tenths(left + inset), tenths(y), tenths(width - 2 * inset), tenths(expected - inset)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the ageing bar: colour class a0 to a4, and where it lies on a width of 1000."""

    css: str
    x: Decimal
    width: Decimal


def ages(amounts: Sequence[int], width: int = 1000) -> list[Part]:
    """The parts of one bar in proportion to amounts of one currency, with gaps between; empty ones are left out."""
    total = sum(amounts)
    filled = [(number, amount) for number, amount in enumerate(amounts) if amount > 0]
    room = width - GAP * (len(filled) - 1)
    parts, x = [], Fraction(0)
    for number, amount in filled:
        length = room * Fraction(amount, total)
        parts.append(Part(f"a{number}", tenths(x), max(tenths(length), Decimal(1))))
        x += length + GAP
    return parts
