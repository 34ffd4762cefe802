"""Documents worked by hand (tests/golden/): their arithmetic is right, and the engine comes to the same figures."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest

from app.invoices.rules import compute
from app.invoices.rules.why import Account, Manner, explain
from app.money import MAX_MINOR, exponent
from tests.support.arithmetic import check_sum, number
from tests.support.golden import SHARE, Figure, Golden, engine_figures, golden, tax_label

DOCUMENTS = [pytest.param(made, id=made.name) for made in golden()]
RESULTS = {"subtotal", "discounts on lines", "discount", "net", "total"}


def taxes_of(made: Golden) -> list[str]:
    return list(dict.fromkeys(tax_label(tax) for line in made.document.lines for tax in line.taxes))


# --- the files by themselves ------------------------------------------------------------------------------------------


def test_there_are_two_hundred_documents_and_no_two_have_one_name():
    names = Counter(made.name for made in golden())
    assert names.total() >= 200
    assert [name for name, times in names.items() if times > 1] == []


def test_the_documents_are_of_every_kind_there_is():
    documents = [made.document for made in golden()]
    lines = [line for document in documents for line in document.lines]
    stacks = [line.taxes for line in lines]
    assert {"NGN", "USD", "EUR", "KES", "GHS", "JPY", "XOF", "UGX", "KWD", "BHD"} <= {one.currency for one in documents}
    assert {exponent(document.currency) for document in documents} == {0, 2, 3}
    assert min(Counter(document.rounding for document in documents).values()) >= 50
    for discounts in ([document.discount for document in documents], [line.discount for line in lines]):
        assert {off.kind if off else None for off in discounts} == {"percent", "amount", None}
    ways = {(tax.inclusive, tax.compound) for stack in stacks for tax in stack}
    assert ways == {(False, False), (False, True), (True, False), (True, True)}
    assert {0, 1, 2, 3, 4, 6} <= set(map(len, stacks))
    assert {0, 1, 2, 3, 40, 100} <= {len(document.lines) for document in documents}
    assert {
        min(one.quantity for one in lines if one.quantity),
        min(one.unit_price for one in lines if one.unit_price),
    } == {Decimal("0.000001")}
    assert max(made.figures()[Figure(None, "total")] for made in golden()) == MAX_MINOR


@pytest.mark.parametrize("made", DOCUMENTS)
def test_the_arithmetic_is_right_and_no_number_in_it_falls_from_the_sky(made: Golden):
    """Every number is one that was typed, 0, 100, or the end of a sum above; a sum may count what is equal."""
    most = max(len(made.document.lines), len(taxes_of(made)))
    known = {Fraction(0), Fraction(100), *map(number, made.typed)}
    for row in made.work:
        done = check_sum(row.text, made.unit)
        counts = set(map(Fraction, range(2, most + 1))) if row.whole else set()
        assert set(map(number, done.operands)) <= known | counts, f"{row.label}: {row.text}"
        known.add(done.result)
        if not row.on_the_way:
            made.minor(done.result)


@pytest.mark.parametrize("made", DOCUMENTS)
def test_what_is_left_over_goes_to_the_largest_remainders(made: Golden):
    shares: dict[str, dict[str, list[Fraction]]] = {}
    for figure, done in made.sums().items():
        if done.how in ("down", "largest remainder"):
            part = done.exact / made.unit % 1
            shares.setdefault(figure.what, {"down": [], "largest remainder": []})[done.how].append(part)
    for what, parts in shares.items():
        assert min(parts["largest remainder"], default=1) >= max(parts["down"], default=0), what


@pytest.mark.parametrize("made", DOCUMENTS)
def test_the_result_is_what_the_arithmetic_comes_to(made: Golden):
    figures = made.figures()
    named = {what for line, what in figures if line is None and (what in RESULTS or what in taxes_of(made))}
    nothing = {what for what in ("discounts on lines", "discount") if not figures.get(Figure(None, what))}
    assert set(made.result) == named - nothing
    for what, amount in made.result.items():
        assert made.minor(number(amount)) == figures[None, what], what


# --- held against the program -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", DOCUMENTS)
def test_the_engine_comes_to_every_figure(made: Golden):
    assert engine_figures(made.document, compute(made.document)) == made.figures()


@pytest.mark.parametrize("made", DOCUMENTS)
def test_the_engine_names_every_unit_that_was_left_over(made: Golden):
    rows = [part for part in compute(made.document).components if part.kind == "rounding"]
    labels = [{tax.key: tax_label(tax) for tax in line.taxes} for line in made.document.lines]
    named = {Figure(part.line + 1, labels[part.line][part.tax_key] if part.tax_key else SHARE) for part in rows}
    assert {part.amount_minor for part in rows} <= {1}
    assert len(rows) == len(named)
    assert named == {figure for figure, done in made.sums().items() if done.how == "largest remainder"}


@pytest.mark.parametrize("made", DOCUMENTS)
def test_the_explanation_comes_to_every_figure_and_rounds_where_the_arithmetic_does(made: Golden):
    document, sums = made.document, made.sums()
    say = Manner(document.currency, "en", lambda value: f"{value:f}", lambda rate: f"{rate:f} %", str)
    steps = explain(Account(document, compute(document), ("",) * len(document.lines)), say)
    assert [step for step in steps if "as it stands" in step.words] == []
    for step in steps:
        figures, sign = told(step.key, made)
        there = [sums[figure] for figure in figures if figure in sums]
        assert step.amount_minor == sign * sum(made.minor(done.result) for done in there), step
        assert ("rounded half up" in step.words) == (
            len(figures) == 1 and any(done.how == "half up" for done in there)
        ), step


def told(key: str, made: Golden) -> tuple[list[Figure], int]:
    """The figures that a step of the explanation adds up, and the sign that it stands there with.

    What is rounded once for the document is worked there, also when only one line has it.
    """
    times = Counter(tax_label(tax) for line in made.document.lines for tax in line.taxes)
    kind, _, rest = key.partition("-")
    if kind == "line":
        place, _, what = rest.partition("-")
        labels = [tax_label(tax) for tax in made.document.lines[int(place) - 1].taxes]
        if what.startswith("tax-"):
            label = labels[int(what[4:]) - 1]
            once = made.document.rounding == "document" and times[label] == 1
            return [Figure(None if once else int(place), label)], 1
        name = SHARE if what == "share" else what
        return [Figure(int(place), name)], -1 if what in ("discount", "share") else 1
    if kind == "tax" and rest:
        return [Figure(None, list(times)[int(rest) - 1])], 1
    if key == "discounts":
        return [Figure(None, "discounts on lines"), Figure(None, "discount")], -1
    return ([Figure(None, "discount")], -1) if key == "document-discount" else ([Figure(None, key)], 1)
