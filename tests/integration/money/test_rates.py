"""Another currency than the business's: rates, differences, books that come to nothing; the arithmetic beside."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.errors import Invalid
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.service.revising import begin_revision
from app.ledger.errors import StaleRate
from app.ledger.models import JournalLine
from app.ledger.rates import add_rate, correct_rate
from app.money import Money
from app.payments import service as payments
from app.payments.service.refunding import GivenBack
from tests.integration.money import reading
from tests.integration.money.converting import based, bill, count_in, own, pay, rate
from tests.integration.money.reading import today, whole
from tests.support.story import Story, a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")


# -- which rate ------------------------------------------------------------------------------------------------------


def test_an_invoice_takes_the_rate_of_the_table_that_holds_on_its_date(story: Story) -> None:
    rate(story, "1500", day=today(story) - timedelta(days=30))
    rate(story, "1600", day=today(story))
    rate(story, "1700", day=today(story) + timedelta(days=1))
    now, before = bill(story), bill(story, day=today(story) - timedelta(days=1))
    one = reading.invoice(story, now)
    assert (one.rate_to_base, one.base_currency, one.rate_source, one.rate_on) == (1600, "NGN", "table", today(story))
    assert (one.base_total_minor, one.base_balance_minor) == (160_000_00, 160_000_00)
    other = reading.invoice(story, before)
    assert (other.rate_to_base, other.rate_on) == (1500, today(story) - timedelta(days=30))


def test_what_staff_typed_goes_before_the_table(story: Story) -> None:
    rate(story, "1500")
    one = reading.invoice(story, bill(story, typed="1612.345678901234"))
    assert (one.rate_to_base, one.rate_source) == (Decimal("1612.345678901234"), "typed")
    # 100.00 x 1,612.345678901234 = 161,234.5678901234
    assert one.base_total_minor == 161_234_57


def test_a_document_in_the_business_s_own_currency_has_no_rate(story: Story) -> None:
    one = reading.invoice(story, bill(story, currency="NGN", typed="3"))
    assert (one.rate_to_base, one.base_currency, one.rate_source, one.base_total_minor) == (None, None, None, None)


def test_without_a_rate_an_invoice_is_issued_all_the_same_and_is_worth_nothing_in_the_base_currency(
    story: Story,
) -> None:
    one = bill(story)
    pay(story, one, 100_00)
    assert reading.invoice(story, one).rate_to_base is None
    assert based(story) == {}


def test_a_corrected_rate_holds_from_then_on_and_leaves_documents_alone(story: Story) -> None:
    wrong = add_rate(story.owner, "USD", today(story), Decimal("150"), now=clock.now()).id
    before = bill(story)
    correct_rate(story.owner, wrong, Decimal("1500"), now=clock.now())
    assert reading.invoice(story, before).rate_to_base == 150
    assert reading.invoice(story, bill(story)).rate_to_base == 1500
    with pytest.raises(StaleRate):
        correct_rate(story.owner, wrong, Decimal("1501"), now=clock.now())


def test_a_day_has_one_rate_and_the_base_currency_none(story: Story) -> None:
    rate(story, "1500", day=today(story))
    with pytest.raises(Invalid) as twice:
        rate(story, "1501", day=today(story))
    assert list(twice.value.errors) == ["valid_from"]
    with pytest.raises(Invalid) as itself:
        rate(story, "1", "NGN")
    assert list(itself.value.errors) == ["currency"]


def test_money_takes_the_typed_rate_then_the_table_s_then_that_of_its_invoice(story: Story) -> None:
    one = bill(story, typed="1500")
    assert reading.payment(story, pay(story, one, 10_00)).rate_source == "invoice"
    rate(story, "1550")
    found = reading.payment(story, pay(story, one, 10_00))
    assert (found.rate_source, found.rate_to_base, found.base_minor) == ("table", 1550, 15_500_00)
    typed = reading.payment(story, pay(story, one, 10_00, "1650.5"))
    assert (typed.rate_source, typed.rate_to_base, typed.base_minor) == ("typed", Decimal("1650.5"), 16_505_00)


def test_more_than_can_be_counted_is_refused_beside_the_rate(story: Story) -> None:
    with pytest.raises(Invalid) as refused:
        bill(story, "9999999999", typed="999999")
    assert list(refused.value.errors) == ["rate"]


# -- gains and losses ------------------------------------------------------------------------------------------------


def test_a_gain(story: Story) -> None:
    # 100.00 at 1,500 = 150,000.00; paid at 1,600 = 160,000.00; 10,000.00 gained, which is a credit.
    pay(story, bill(story, typed="1500"), 100_00, "1600")
    assert based(story) == {"revenue": -150_000_00, "cash:cash": 160_000_00, "exchange_difference": -10_000_00}
    assert own(story) == {"revenue": -100_00, "cash:cash": 100_00}


def test_a_loss(story: Story) -> None:
    # 100.00 at 1,500 = 150,000.00; paid at 1,425.5 = 142,550.00; 7,450.00 lost, which is a debit.
    pay(story, bill(story, typed="1500"), 100_00, "1425.5")
    assert based(story) == {"revenue": -150_000_00, "cash:cash": 142_550_00, "exchange_difference": 7_450_00}


def test_parts_at_several_rates_that_make_it_paid_leave_no_receivable_in_either_currency(story: Story) -> None:
    # 107.50 USD (100.00 and 7.5 %) at 1,533.27:
    #   receivable 164,826.525 -> 164,826.53, revenue 153,327.00, tax 11,499.525 -> 11,499.53; 0.00 is left
    one = bill(story, typed="1533.27", taxed=True)
    assert based(story) == {"receivable": 164_826_53, "revenue": -153_327_00, "tax": -11_499_53}
    # 33.33 at 1,540.11 = 51,331.8663 -> 51,331.87; difference 33.33 x 6.84 = 227.9772 -> 227.98 gained
    #   balance 74.17 at 1,533.27 = 113,722.6359 -> 113,722.64; receivable falls by 164,826.53 - 113,722.64 = 51,103.89
    #   51,331.87 - 51,103.89 - 227.98 = 0.00
    pay(story, one, 33_33, "1540.11")
    # 41.67 at 1,499.999999 = 62,504.99995 -> 62,505.00; difference 41.67 x -33.270001 = -1,386.36094 -> 1,386.36 lost
    #   balance 32.50 = 49,831.275 -> 49,831.28; receivable falls by 63,891.36
    #   62,505.00 - 63,891.36 + 1,386.36 = 0.00
    pay(story, one, 41_67, "1499.999999")
    # 32.50 at 1,533.28 = 49,831.60; difference 32.50 x 0.01 = 0.325 -> 0.33 gained; receivable falls by 49,831.28
    #   49,831.60 - 49,831.28 - 0.33 = -0.01, which goes to rounding as a debit of 0.01
    pay(story, one, 32_50, "1533.28")
    # cash 51,331.87 + 62,505.00 + 49,831.60 = 163,668.47; differences -227.98 + 1,386.36 - 0.33 = 1,158.05
    assert based(story) == {
        "revenue": -153_327_00,
        "tax": -11_499_53,
        "cash:cash": 163_668_47,
        "exchange_difference": 1_158_05,
        "rounding": 1,
    }
    assert own(story) == {"revenue": -100_00, "tax": -7_50, "cash:cash": 107_50}
    assert reading.invoice(story, one).base_balance_minor == 0


@pytest.mark.parametrize(
    ("currency", "price", "owed", "minor", "paid", "revenue", "cash"),
    [
        # Yen have no decimals: 10,001 JPY x 10.5 = 105,010.50; paid at 10.25: 102,510.25
        ("JPY", "10001", "10.5", 10_001, "10.25", 105_010_50, 102_510_25),
        # Dinars have three: 12.345 KWD x 5,200.25 = 64,197.08625 -> .09; paid at 5,300: 65,428.50
        ("KWD", "12.345", "5200.25", 12_345, "5300", 64_197_09, 65_428_50),
    ],
)
def test_currencies_of_no_and_of_three_decimals(
    story: Story, currency: str, price: str, owed: str, minor: int, paid: str, revenue: int, cash: int
) -> None:
    pay(story, bill(story, price, currency, owed), minor, paid, currency)
    found = based(story)
    assert (found["revenue"], found["cash:cash"]) == (-revenue, cash)
    assert found["exchange_difference"] + found.get("rounding", 0) == revenue - cash


def test_books_in_a_large_currency_and_documents_in_a_small_one(story: Story) -> None:
    count_in(story, "USD")
    # 1,000,000.00 NGN x 0.000652200591 = 652.200591 -> 652.20; paid at 0.000625 = 625.00; 27.200591 -> 27.20 lost
    pay(story, bill(story, "1000000.00", "NGN", "0.000652200591"), 1_000_000_00, "0.000625", "NGN")
    assert based(story) == {"revenue": -652_20, "cash:cash": 625_00, "exchange_difference": 27_20}


def test_books_in_dinars(story: Story) -> None:
    count_in(story, "KWD")
    # 100.00 USD x 0.30655 = 30.655; paid at 0.3071 = 30.710; 0.055 gained
    pay(story, bill(story, typed="0.30655"), 100_00, "0.3071")
    assert based(story) == {"revenue": -30_655, "cash:cash": 30_710, "exchange_difference": -55}


def test_books_in_yen(story: Story) -> None:
    count_in(story, "JPY")
    # 100.05 USD x 149.37 = 14,944.4685 -> 14,944; paid at 150.01 = 15,008.5005 -> 15,009; 100.05 x 0.64 = 64.032 -> 64
    # gained; 15,009 - 14,944 - 64 = 1, which rounding takes
    pay(story, bill(story, "100.05", typed="149.37"), 100_05, "150.01")
    expected = {"revenue": -14_944, "cash:cash": 15_009, "exchange_difference": -64, "rounding": -1}
    assert based(story) == expected


# -- back again ------------------------------------------------------------------------------------------------------


def test_voiding_leaves_nothing(story: Story) -> None:
    one = bill(story, "99.99", typed="1533.27", taxed=True)
    invoices.void(story.owner, one, "Twice", now=clock.now())
    assert based(story) == {}
    assert reading.invoice(story, one).base_balance_minor == 0


def test_writing_off_gives_up_what_the_receivable_was_worth_and_recovering_brings_it_back(story: Story) -> None:
    one = bill(story, "100.00", typed="1500.005")
    # 33.33 paid at the same rate; 66.67 x 1,500.005 = 100,005.33335 -> 100,005.33 is given up
    pay(story, one, 33_33)
    before = based(story)
    invoices.write_off(story.owner, one, "Bankrupt", now=clock.now())
    assert based(story)["bad_debt"] == 100_005_33
    assert "receivable" not in based(story)
    invoices.recover(story.owner, one, "They wrote", now=clock.now())
    assert based(story) == before


def test_credit_notes_in_parts_leave_nothing_of_the_invoice(story: Story) -> None:
    one = bill(story, "100.01", typed="1533.27", taxed=True)
    for minor in (33_33, 41_67, 9):
        line = reading.lines(story, one)[0]
        payments.credit_invoice(story.owner, one, {line.id: minor}, "Returned", now=clock.now())
    payments.credit_invoice(story.owner, one, whole(story, one), "The rest", now=clock.now())
    assert own(story) == {}
    assert based(story) == {}


def test_voiding_credit_notes_from_the_newest_back_ends_where_it_was(story: Story) -> None:
    one = bill(story, "100.01", typed="1533.27", taxed=True)
    before, notes = based(story), []
    for minor in (33_33, 41_67):
        line = reading.lines(story, one)[0]
        made = payments.credit_invoice(story.owner, one, {line.id: minor}, "Returned", now=clock.now())
        notes.append(made.id)
    for note_id in reversed(notes):
        payments.void_note(story.owner, note_id, "Mistake", now=clock.now())
    assert based(story) == before


def test_credit_of_one_invoice_that_settles_another_at_a_later_rate_is_a_difference(story: Story) -> None:
    # 50.00 credited at 1,500 = 75,000.00 settles 50.00 owed at 1,600 = 80,000.00: 5,000.00 more is given up than had.
    paid = bill(story, "50.00", typed="1500")
    pay(story, paid, 50_00, "1500")
    note = payments.credit_invoice(story.owner, paid, whole(story, paid), "Returned", now=clock.now()).id
    later = bill(story, "50.00", typed="1600")
    payments.apply_credit(story.owner, note, later, now=clock.now(), kind="credit_note")
    assert based(story) == {"cash:cash": 75_000_00, "revenue": -80_000_00, "exchange_difference": 5_000_00}


def test_undoing_a_payment_takes_its_difference_back(story: Story) -> None:
    one = bill(story, "100.01", typed="1533.27")
    before = based(story)
    paid = pay(story, one, 77_77, "1601.01")
    assert "exchange_difference" in based(story)
    payments.reverse_payment(story.owner, paid, "Bounced", now=clock.now())
    assert based(story) == before


def test_a_refund_leaves_at_the_rate_at_which_its_money_came(story: Story) -> None:
    one = bill(story, "100.00", typed="1500")
    paid = pay(story, one, 100_00, "1600.005")
    # 33.33 in two parts: what lies there still is 66.67 x 1,600.005 = 106,672.33335 -> 106,672.33
    for minor in (11_11, 22_22):
        told = GivenBack(Money(minor, "USD"), "cash", today(story), "Asked for it")
        refund = payments.refund(story.owner, "payment", paid, told, now=clock.now())
    found = based(story)
    # 100.00 x 1,600.005 = 160,000.50; 33.33 x 1,600.005 = 53,328.16665 -> 53,328.17 went
    assert found["cash:cash"] == 160_000_50 - 53_328_17
    # owed again: 33.33 x 1,500 = 49,995.00; the difference stays on 66.67 x 100.005 = 6,667.33335 -> 6,667.33
    assert (found["receivable"], found["exchange_difference"]) == (49_995_00, -6_667_33)
    payments.undo_refund(story.owner, refund.id, "Typed twice", now=clock.now())
    # 11.11 went: 17,776.05555 -> 17,776.06
    assert based(story)["cash:cash"] == 160_000_50 - 17_776_06


def test_an_invoice_that_takes_another_s_place_keeps_its_rate(story: Story) -> None:
    rate(story, "1400")
    one = bill(story, typed="1500")
    draft = begin_revision(story.owner, one, "Wrong price", now=clock.now())
    invoices.issue(story.owner, draft, now=clock.now())
    assert reading.invoice(story, draft).rate_to_base == 1500
    assert based(story) == {"receivable": 150_000_00, "revenue": -150_000_00}


# -- what has a rate and what has none -------------------------------------------------------------------------------


def test_money_with_a_rate_for_an_invoice_without_one_is_shown_as_not_converted(story: Story) -> None:
    one = bill(story)
    pay(story, one, 100_00, "1600")
    assert based(story) == {"cash:cash": 160_000_00, "unconverted": -160_000_00}
    assert own(story) == {"cash:cash": 100_00, "revenue": -100_00}


def test_another_base_currency_later_leaves_what_was_fixed_and_adds_nothing_up(story: Story) -> None:
    one = bill(story, typed="1500")
    count_in(story, "EUR")
    pay(story, one, 100_00, "0.9")
    lines = select(JournalLine.account, JournalLine.base_currency, JournalLine.base_minor)
    mine = JournalLine.business_id == story.business_id
    found = {tuple(row) for row in db.session.execute(lines.where(mine, JournalLine.account == "unconverted"))}
    assert found == {("unconverted", "NGN", 150_000_00), ("unconverted", "EUR", -90_00)}


def test_another_business_s_rates_are_not_ours(story: Story, app: Flask) -> None:
    rate(a_business(app), "1500")
    assert reading.invoice(story, bill(story)).rate_to_base is None
