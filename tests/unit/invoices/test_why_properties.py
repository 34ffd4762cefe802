"""Whatever a document is, the steps that explain it come to its figures to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from app.invoices.rules import Discount, DocumentInput, LineInput, TaxRate, Totals, compute
from app.invoices.rules.why import Account, Manner, Received, Step, balance_steps, explain, plain_data
from app.money import exponent, round_half_up

TAXES = [
    TaxRate(f"{name}{inclusive:d}{compound:d}", name, Decimal(rate), inclusive, compound)
    for name, rate in [("VAT", "7.5"), ("GST", "5"), ("QST", "9.975"), ("Zero", "0"), ("High", "27.123456")]
    for inclusive in (False, True)
    for compound in (False, True)
]
percents = st.builds(Discount, st.just("percent"), st.decimals(0, 100, places=2))
stacks = st.lists(st.sampled_from(TAXES), max_size=3, unique_by=lambda tax: tax.key).map(tuple)


def manner(currency: str) -> Manner:
    return Manner(currency, "en", lambda value: f"{value:f}", lambda rate: f"{rate:f} %", str)


@st.composite
def discounts(draw, most_minor: int):
    """None, percent, or an amount that is not larger than what it is taken from."""
    amounts = st.builds(Discount, st.just("amount"), st.integers(0, most_minor).map(Decimal))
    return draw(st.none() | percents | amounts)


@st.composite
def documents(draw):
    """Documents of up to eight lines in currencies with no, two and three decimals."""
    currency = draw(st.sampled_from(["JPY", "NGN", "KWD"]))
    lines = []
    for _ in range(draw(st.integers(0, 8))):
        quantity, price = draw(st.decimals(0, 1000, places=3)), draw(st.decimals(0, 10**5, places=4))
        gross = round_half_up(Fraction(quantity) * Fraction(price) * 10 ** exponent(currency))
        lines.append(LineInput(quantity, price, draw(discounts(gross)), draw(stacks)))
    before = DocumentInput(currency, tuple(lines), None, draw(st.sampled_from(["line", "document"])))
    totals = compute(before)
    return replace(before, discount=draw(discounts(totals.subtotal_minor - totals.line_discount_minor)))


def steps_of(document: DocumentInput, totals: Totals) -> dict[str, Step]:
    """The explanation by key; no key stands in it twice."""
    steps = explain(Account(document, totals, ("",) * len(document.lines)), manner(document.currency))
    by_key = {step.key: step for step in steps}
    assert len(by_key) == len(steps)
    return by_key


@given(documents())
@settings(max_examples=300, deadline=None)
def test_every_result_is_the_stored_figure_and_the_sum_of_the_steps_it_names(document):
    totals = compute(document)
    steps = steps_of(document, totals)
    for step in steps.values():
        if step.sum_of:
            assert step.amount_minor == sum(steps[key].amount_minor for key in step.sum_of), step
    off = totals.line_discount_minor + totals.document_discount_minor
    figures = (totals.subtotal_minor, -off, totals.net_minor, totals.tax_minor, totals.total_minor)
    assert tuple(steps[key].amount_minor for key in ("subtotal", "discounts", "net", "tax", "total")) == figures
    assert all(steps[key].sum_of for key in ("subtotal", "net") if document.lines)


@given(documents())
@settings(max_examples=300, deadline=None)
def test_the_words_are_the_arithmetic_of_every_figure(document):
    """No figure has to be explained by saying that it just stands there, and remainders are named where they are."""
    totals = compute(document)
    steps = steps_of(document, totals)
    assert not [step for step in steps.values() if "as it stands" in step.words]
    named = sum("largest remainder" in step.words for step in steps.values())
    stored = [part for part in totals.components if part.kind == "rounding"]
    alone = len(document.lines) < 2
    assert named == (0 if alone else len(stored))


@given(documents())
@settings(deadline=None)
def test_a_document_from_before_remainders_were_stored_explains_itself_alike(document):
    totals = compute(document)
    older = replace(totals, components=tuple(part for part in totals.components if part.kind != "rounding"))
    assert steps_of(document, older) == steps_of(document, totals)


@given(st.lists(st.integers(1, 10**9), max_size=4), st.integers(0, 10**6))
def test_the_balance_is_the_total_less_all_that_settled_it(paid, otherwise):
    total = sum(paid) + otherwise + 5
    received = [Received("Cash", date(2026, 11, 20), "", minor) for minor in paid]
    steps = balance_steps("open", total, 5, received, manner("NGN"))
    by_key = {step.key: step.amount_minor for step in steps} | {"total": total}
    assert steps[-1].key == "balance"
    assert steps[-1].amount_minor == 5 == sum(by_key[key] for key in steps[-1].sum_of)


@given(documents())
@settings(deadline=None)
def test_plain_data_carries_every_step_with_its_money(document):
    steps = steps_of(document, compute(document))
    data = plain_data(steps.values(), document.currency)
    assert [(one["step"], one["amount"]["minor"]) for one in data] == [(s.key, s.amount_minor) for s in steps.values()]
    keys = {one["step"] for one in data}
    assert all(set(one["sum_of"]) <= keys for one in data)
