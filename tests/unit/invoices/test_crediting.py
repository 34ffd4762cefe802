"""Crediting a line in parts: worked by hand, and for every line and every way to cut it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.invoices.rules import LineFigures, credited_part, total_of_quantity
from app.money import MAX_MINOR, round_half_up, split


def line(net, *taxes):
    return LineFigures(net, sum(taxes), taxes)


def in_parts(whole, totals):
    """The parts of a line credited one after the other."""
    return [credited_part(whole, sum(totals[:place]), total) for place, total in enumerate(totals)]


def added(parts):
    """All figures of several parts, added up."""
    taxes = tuple(map(sum, zip(*(part.taxes for part in parts), strict=True)))
    return LineFigures(sum(part.net_minor for part in parts), sum(part.tax_minor for part in parts), taxes)


def test_one_tax_is_its_proportion_rounded_half_up():
    # 107.50 = 100.00 + 7.50. The first 50.00: 50 x 7.5/107.5 = 3.488 -> 3.49; up to 90.00: 6.279 -> 6.28, less 3.49
    # = 2.79; up to 107.50: 7.50, less 6.28 = 1.22
    parts = in_parts(line(10000, 750), [5000, 4000, 1750])
    assert parts == [line(4651, 349), line(3721, 279), line(1628, 122)]
    assert added(parts) == line(10000, 750)


def test_several_taxes_share_their_sum_in_turn():
    # 115.47 = 100.00 + GST 5.00 + QST 10.47. Half of it, 57.73: taxes 57.73 x 15.47/115.47 = 7.734 -> 7.73, of which
    # GST 7.73 x 5/15.47 = 2.498 -> 2.50 and QST the rest, 5.23; what is left is left for the second part
    parts = in_parts(line(10000, 500, 1047), [5773, 5774])
    assert parts == [line(5000, 250, 523), line(5000, 250, 524)]


def test_taxes_that_would_round_up_together_do_not_take_from_the_net():
    # 4 units: net 2, taxes 1 and 1. By itself each tax is 1/4 -> 0 of the first unit and 2/4 -> 1 of the first two: the
    # net would be 1 and then 0 again. Together they are 2/4 -> 1 of one unit, 1 of two, 6/4 -> 2 of three.
    parts = in_parts(line(2, 1, 1), [1, 1, 1, 1])
    assert parts == [line(0, 1, 0), line(1, 0, 0), line(0, 0, 1), line(1, 0, 0)]


def test_a_line_without_tax_and_a_line_of_nothing_but_tax():
    assert in_parts(line(1000), [333, 667]) == [line(333), line(667)]
    assert in_parts(line(0, 0, 3), [1, 2]) == [line(0, 0, 1), line(0, 0, 2)]


def test_the_whole_line_at_once_is_the_line():
    assert credited_part(line(85500, 6413), 0, 91913) == line(85500, 6413)


@pytest.mark.parametrize("already, part", [(0, 0), (0, -1), (0, 10751), (10750, 1), (-1, 1), (10000, 751)])
def test_nothing_and_more_than_is_left_cannot_be_credited(already, part):
    with pytest.raises(ValueError, match="credited"):
        credited_part(line(10000, 750), already, part)


def test_a_line_that_came_to_nothing_has_nothing_to_credit():
    with pytest.raises(ValueError, match="more would be credited"):
        credited_part(line(0, 0), 0, 1)


@pytest.mark.parametrize("tax, taxes", [(5, (2, 2)), (0, (1, -1)), (1, ())])
def test_the_taxes_of_a_line_are_its_tax(tax, taxes):
    with pytest.raises(ValueError):
        LineFigures(10, tax, taxes)


# --- by quantity ------------------------------------------------------------------------------------------------------


def by_quantity(whole, quantity, taken):
    """The totals of parts of a quantity, credited one after the other."""
    totals = []
    for place, one in enumerate(taken):
        before = sum(taken[:place], Decimal(0))
        totals.append(total_of_quantity(whole, sum(totals), before, one, quantity))
    return totals


def test_a_quantity_is_its_proportion_of_the_total():
    # 10.00 over three pieces: 3.33 1/3 -> 3.33; up to the second 6.67, so 3.34; up to the third 10.00, so 3.33
    assert by_quantity(line(1000), Decimal(3), [Decimal(1)] * 3) == [333, 334, 333]
    # 2.5 hours of 91.91 = 36.764 an hour: 0.25 -> 9.19; up to 1.25 45.96, so 36.77; up to 2.5 91.91, so 45.95
    taken = [Decimal("0.25"), Decimal(1), Decimal("1.25")]
    assert by_quantity(line(8550, 641), Decimal("2.5"), taken) == [919, 3677, 4595]


def test_a_quantity_comes_to_no_more_than_is_left_after_amounts_were_credited():
    # 4 x 25.00, of which 60.00 was credited as an amount: one piece is 25.00, three are the 40.00 that are left
    assert total_of_quantity(line(10000), 6000, Decimal(0), Decimal(1), Decimal(4)) == 2500
    assert total_of_quantity(line(10000), 6000, Decimal(0), Decimal(3), Decimal(4)) == 4000


@pytest.mark.parametrize("before, taken", [("0", "0"), ("0", "-1"), ("-1", "1"), ("0", "3.000001"), ("3", "0.000001")])
def test_a_quantity_that_is_not_there_cannot_be_credited(before, taken):
    with pytest.raises(ValueError, match="quantity"):
        total_of_quantity(line(1000), 0, Decimal(before), Decimal(taken), Decimal(3))


@pytest.mark.parametrize("already", [-1, 1001])
def test_what_was_credited_before_is_part_of_the_line(already):
    with pytest.raises(ValueError, match="more was credited"):
        total_of_quantity(line(1000), already, Decimal(0), Decimal(1), Decimal(3))


# --- whatever the line, however it is cut -----------------------------------------------------------------------------

figures = st.integers(0, 40) | st.integers(0, MAX_MINOR // 10)
lines = st.tuples(figures, st.lists(figures, max_size=6)).map(lambda made: line(made[0], *made[1]))


@st.composite
def cut_lines(draw):
    """A line and the totals of the parts it is credited in, all of it in the end."""
    whole = draw(lines.filter(lambda one: one.total_minor > 0))
    weights = draw(st.lists(st.integers(0, 100), min_size=1, max_size=12).filter(any))
    return whole, [total for total in split(whole.total_minor, weights) if total]


def everything(part):
    return (part.net_minor, part.tax_minor, *part.taxes)


@given(cut_lines())
@example((line(2, 1, 1), [1, 1, 1, 1]))
@example((line(0, 1, 1, 1, 1, 1, 1), [1] * 6))
def test_parts_add_up_to_the_line_and_none_has_a_negative_figure(cut):
    whole, totals = cut
    parts = in_parts(whole, totals)
    assert added(parts) == whole
    for part, total in zip(parts, totals, strict=True):
        assert part.total_minor == part.net_minor + part.tax_minor == total
        assert min(everything(part)) >= 0


@given(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=5))
def test_unit_by_unit_every_figure_only_grows(net, taxes):
    whole = line(net, *taxes)
    parts = in_parts(whole, [1] * whole.total_minor)
    assert all(sorted((part.net_minor, *part.taxes)) == [0] * len(taxes) + [1] for part in parts)
    if parts:
        assert added(parts) == whole


@given(cut_lines())
def test_cutting_a_part_again_changes_nothing_of_what_it_comes_to(cut):
    whole, totals = cut
    already = 0
    for total in totals:
        at_once, half = credited_part(whole, already, total), total // 2
        if half:
            pieces = [credited_part(whole, already, half), credited_part(whole, already + half, total - half)]
            assert added(pieces) == at_once
        already += total


@given(cut_lines())
def test_credited_from_nothing_the_tax_is_the_proportion_and_each_tax_is_near_it(cut):
    whole, [first, *_] = cut
    part = credited_part(whole, 0, first)
    share = Fraction(first, whole.total_minor)
    assert part.tax_minor == round_half_up(whole.tax_minor * share)
    assert abs(part.net_minor - whole.net_minor * share) <= Fraction(1, 2)
    for place, (had, has) in enumerate(zip(whole.taxes, part.taxes, strict=True)):
        assert abs(has - had * share) <= 1 + Fraction(place, 2)
    if len(whole.taxes) == 1:
        assert part.taxes[0] == round_half_up(whole.taxes[0] * share)


@given(lines, st.lists(st.decimals("0.000001", 1000, places=6), min_size=1, max_size=10))
def test_parts_of_a_quantity_add_up_to_the_line(whole, taken):
    totals = by_quantity(whole, sum(taken, Decimal(0)), taken)
    assert min(totals) >= 0
    assert sum(totals) == whole.total_minor
    billed = [total for total in totals if total]
    if billed:
        assert added(in_parts(whole, billed)) == whole
