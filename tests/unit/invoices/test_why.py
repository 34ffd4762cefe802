"""Why an amount: documents worked by hand, with every sentence in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.invoices.rules import Discount, DocumentInput, LineInput, TaxRate, compute
from app.invoices.rules.why import Account, Manner, Received, balance_steps, explain, plain_data, sections

VAT = TaxRate("vat", "VAT", Decimal("7.5"))
VAT_IN = TaxRate("vat", "VAT", Decimal("7.5"), inclusive=True)
GST = TaxRate("gst", "GST", Decimal("5"))
QST = TaxRate("qst", "QST", Decimal("9.975"), compound=True)
CITY_IN = TaxRate("city", "City", Decimal("10"), inclusive=True)
STATE_IN = TaxRate("state", "State", Decimal("5"), inclusive=True, compound=True)
TAX_FREE = TaxRate("zero", "Zero rated", Decimal("0"))
SUMS = ("subtotal", "discounts", "net", "tax", "total")


def say(currency="NGN", locale="en"):
    return Manner(
        currency,
        locale,
        lambda value: f"{value.normalize():f}",
        lambda rate: f"{rate:f} %",
        lambda day: f"{day:%d %b %Y}",
    )


def line(quantity, price, *taxes, discount=None):
    return LineInput(Decimal(quantity), Decimal(price), discount, taxes)


def percent(value):
    return Discount("percent", Decimal(value))


def amount(minor):
    return Discount("amount", Decimal(minor))


def account(*lines, currency="NGN", discount=None, rounding="line"):
    document = DocumentInput(currency, lines, discount, rounding)
    return Account(document, compute(document), ("",) * len(lines))


def told(made, manner=None):
    """(label, words, minor units) of every step but the results that say nothing."""
    steps = explain(made, manner or say(made.document.currency))
    return [(step.label, step.words, step.amount_minor) for step in steps]


CASES = {
    "one line, a discount and a tax": (
        # 3 x 18,500 = 55,500; less 10 % = 5,550: 49,950; 7.5 % = 3,746.25
        account(line("3", "18500", VAT, discount=percent("10"))),
        [
            ("Line 1", "3 × ₦18,500.00 = ₦55,500.00", 5550000),
            ("Subtotal", "", 5550000),
            ("Discount on line 1", "10 % of ₦55,500.00 = ₦5,550.00", -555000),
            ("Discounts", "", -555000),
            ("Line 1 after discounts", "₦55,500.00 − ₦5,550.00 = ₦49,950.00", 4995000),
            ("Net, before tax", "₦55,500.00 − ₦5,550.00 of discounts", 4995000),
            ("VAT on line 1", "7.5 % of ₦49,950.00 = ₦3,746.25", 374625),
            ("Tax", "", 374625),
            ("Total", "₦49,950.00 + ₦3,746.25 of tax", 5369625),
        ],
    ),
    "nothing but a line": (
        account(line("1.5", "100")),
        [
            ("Line 1", "1.5 × ₦100.00 = ₦150.00", 15000),
            ("Subtotal", "", 15000),
            ("Discounts", "There are no discounts.", 0),
            ("Net, before tax", "", 15000),
            ("Tax", "There is no tax.", 0),
            ("Total", "", 15000),
        ],
    ),
    "no lines": (
        account(),
        [
            ("Subtotal", "There are no lines yet.", 0),
            ("Discounts", "There are no discounts.", 0),
            ("Net, before tax", "", 0),
            ("Tax", "There is no tax.", 0),
            ("Total", "", 0),
        ],
    ),
    "a price finer than the currency, and taxes on taxes": (
        # 3 x 33.335 = 100.005 -> 100.01; GST 5.0005 -> 5.00; QST 9.975 % of 105.01 = 10.4747... -> 10.47
        account(line("3", "33.335", GST, QST)),
        [
            ("Line 1", "3 × ₦33.335 = ₦100.01, rounded half up from ₦100.005", 10001),
            ("Subtotal", "", 10001),
            ("Discounts", "There are no discounts.", 0),
            ("Net, before tax", "", 10001),
            ("GST on line 1", "5 % of ₦100.01 = ₦5.00, rounded half up from ₦5.0005", 500),
            (
                "QST on line 1",
                "9.975 % of ₦105.01 (₦100.01 + GST ₦5.00) = ₦10.47, rounded half up from ₦10.4747475",
                1047,
            ),
            ("Tax", "₦5.00 + ₦10.47", 1547),
            ("Total", "₦100.01 + ₦15.47 of tax", 11548),
        ],
    ),
    "a tax inside the price": (
        account(line("1", "1075", VAT_IN)),
        [
            ("Line 1", "1 × ₦1,075.00 = ₦1,075.00", 107500),
            ("Subtotal", "", 107500),
            ("Discounts", "There are no discounts.", 0),
            ("VAT inside line 1", "Inclusive: 7.5 % in ₦1,075.00 = 1,075.00 × 7.5 / 107.5 = ₦75.00", 7500),
            ("Line 1 without its tax", "₦1,075.00 − ₦75.00 = ₦1,000.00", 100000),
            ("Net, before tax", "₦1,075.00 − ₦75.00 of tax inside the prices", 100000),
            ("Tax", "", 7500),
            ("Total", "₦1,000.00 + ₦75.00 of tax", 107500),
        ],
    ),
    "two taxes inside, the second on the first": (
        # 115.50 = N + 10 % of N + 5 % of 1.1 N = 1.155 N
        account(line("1", "115.50", CITY_IN, STATE_IN)),
        [
            ("Line 1", "1 × ₦115.50 = ₦115.50", 11550),
            ("Subtotal", "", 11550),
            ("Discounts", "There are no discounts.", 0),
            ("City inside line 1", "Inclusive: 10 % in ₦115.50 = 115.50 × 10 / 115.5 = ₦10.00", 1000),
            (
                "State inside line 1",
                "Inclusive: 5 % of the net and City (5.5 % of the net) in ₦115.50 = 115.50 × 5.5 / 115.5 = ₦5.50",
                550,
            ),
            ("Line 1 without its tax", "₦115.50 − ₦10.00 − ₦5.50 = ₦100.00", 10000),
            ("Net, before tax", "₦115.50 − ₦15.50 of tax inside the prices", 10000),
            ("Tax", "₦10.00 + ₦5.50", 1550),
            ("Total", "₦100.00 + ₦15.50 of tax", 11550),
        ],
    ),
    "a discount shared out, in amount": (
        # 1,000.00 over three equal lines: 333.33 each, and one kobo is left over
        account(*[line("1", "5000", TAX_FREE)] * 3, discount=amount(100000)),
        [
            ("Line 1", "1 × ₦5,000.00 = ₦5,000.00", 500000),
            ("Line 2", "1 × ₦5,000.00 = ₦5,000.00", 500000),
            ("Line 3", "1 × ₦5,000.00 = ₦5,000.00", 500000),
            ("Subtotal", "₦5,000.00 + ₦5,000.00 + ₦5,000.00", 1500000),
            ("Discount on everything", "₦1,000.00 off ₦15,000.00", -100000),
            (
                "On line 1",
                "Share of the document's discount of ₦1,000.00: ₦333.34, "
                "of which ₦0.01 is the remainder (largest remainder)",
                -33334,
            ),
            (
                "On line 2",
                "Share of the document's discount of ₦1,000.00: ₦333.33, rounded down from ₦333.3333…",
                -33333,
            ),
            (
                "On line 3",
                "Share of the document's discount of ₦1,000.00: ₦333.33, rounded down from ₦333.3333…",
                -33333,
            ),
            ("Discounts", "", -100000),
            ("Line 1 after discounts", "₦5,000.00 − ₦333.34 = ₦4,666.66", 466666),
            ("Line 2 after discounts", "₦5,000.00 − ₦333.33 = ₦4,666.67", 466667),
            ("Line 3 after discounts", "₦5,000.00 − ₦333.33 = ₦4,666.67", 466667),
            ("Net, before tax", "₦15,000.00 − ₦1,000.00 of discounts", 1400000),
            ("Zero rated on line 1", "0 % of ₦4,666.66 = ₦0.00", 0),
            ("Zero rated on line 2", "0 % of ₦4,666.67 = ₦0.00", 0),
            ("Zero rated on line 3", "0 % of ₦4,666.67 = ₦0.00", 0),
            ("Tax", "₦0.00 + ₦0.00 + ₦0.00", 0),
            ("Total", "", 1400000),
        ],
    ),
    "a tax rounded once for the document": (
        # 7.5 % of 39.81 = 2.98575 -> 2.99; 0.99 each, two kobo are left over
        account(*[line("1", "13.27", VAT)] * 3, rounding="document"),
        [
            ("Line 1", "1 × ₦13.27 = ₦13.27", 1327),
            ("Line 2", "1 × ₦13.27 = ₦13.27", 1327),
            ("Line 3", "1 × ₦13.27 = ₦13.27", 1327),
            ("Subtotal", "₦13.27 + ₦13.27 + ₦13.27", 3981),
            ("Discounts", "There are no discounts.", 0),
            ("Net, before tax", "", 3981),
            ("VAT", "7.5 % of ₦39.81 = ₦2.99, rounded half up once for the document from ₦2.98575", 299),
            (
                "On line 1",
                "Share of the document's VAT of ₦2.99: ₦1.00, of which ₦0.01 is the remainder (largest remainder)",
                100,
            ),
            (
                "On line 2",
                "Share of the document's VAT of ₦2.99: ₦1.00, of which ₦0.01 is the remainder (largest remainder)",
                100,
            ),
            ("On line 3", "Share of the document's VAT of ₦2.99: ₦0.99, rounded down from ₦0.9966…", 99),
            ("Tax", "", 299),
            ("Total", "₦39.81 + ₦2.99 of tax", 4280),
        ],
    ),
    "yen, everything off": (
        account(line("3", "333.5"), currency="JPY", discount=percent("100")),
        [
            ("Line 1", "3 × ¥333.5 = ¥1,001, rounded half up from ¥1,000.5", 1001),
            ("Subtotal", "", 1001),
            ("Discount on everything", "100 % of ¥1,001 = ¥1,001", -1001),
            ("Discounts", "", -1001),
            ("Line 1 after discounts", "¥1,001 − ¥1,001 = ¥0", 0),
            ("Net, before tax", "¥1,001 − ¥1,001 of discounts", 0),
            ("Tax", "There is no tax.", 0),
            ("Total", "", 0),
        ],
    ),
    "dinars": (
        # 1.5 x 2.345 = 3.5175 -> 3.518; 5 % = 0.1759 -> 0.176
        account(line("1.5", "2.345", GST), currency="KWD"),
        [
            ("Line 1", "1.5 × KWD 2.345 = KWD 3.518, rounded half up from KWD 3.5175", 3518),
            ("Subtotal", "", 3518),
            ("Discounts", "There are no discounts.", 0),
            ("Net, before tax", "", 3518),
            ("GST on line 1", "5 % of KWD 3.518 = KWD 0.176, rounded half up from KWD 0.1759", 176),
            ("Tax", "", 176),
            ("Total", "KWD 3.518 + KWD 0.176 of tax", 3694),
        ],
    ),
}


@pytest.mark.parametrize("made, sentences", CASES.values(), ids=CASES.keys())
def test_every_figure_is_explained_in_words(made, sentences):
    assert [(label, words.replace("\u00a0", " "), minor) for label, words, minor in told(made)] == sentences


def words_of(made, key):
    return next(step.words for step in explain(made, say()) if step.key == key)


ONCE = {
    # 5 % of 66.66 = 3.333; 9.975 % of 66.66 + 3.333 = 69.993 is 6.98180175
    "compound": (
        account(*[line("1", "33.33", GST, QST)] * 2, rounding="document"),
        "tax-2",
        "9.975 % of ₦69.993 (the net and GST, before rounding) = ₦6.98, "
        "rounded half up once for the document from ₦6.98180175",
    ),
    # 9.975 % of 33.33 and of 33.33 + 1.6665: 68.3265 is 6.815568375
    "compound on different taxes": (
        account(line("1", "33.33", GST, QST), line("1", "33.33", QST), rounding="document"),
        "tax-2",
        "9.975 % of ₦68.3265 (the net and the taxes before it, before rounding) = ₦6.82, "
        "rounded half up once for the document from ₦6.8155…",
    ),
    # ten times 0.10 with 7.5 % inside: 0.0697... -> 0.07
    "inclusive": (
        account(*[line("1", "0.10", VAT_IN)] * 10, rounding="document"),
        "tax-1",
        "Inclusive: 7.5 % in ₦1.00 = 1.00 × 7.5 / 107.5 = ₦0.07, rounded half up once for the document from ₦0.0697…",
    ),
    # 10 % in 110.00 is 10.00; in 115.50 beside another 5.5 % it is 10.00 as well
    "inside different prices": (
        account(line("1", "110", CITY_IN), line("1", "115.50", CITY_IN, STATE_IN), rounding="document"),
        "tax-1",
        "Inclusive: 10 %, taken out of 2 lines that contain different taxes = ₦20.00",
    ),
    # 7.5 % of 100 / 1.1 = 90.9090...: 6.8181...
    "on top of a net that has no end": (
        account(line("1", "100", CITY_IN, VAT), line("1", "100", CITY_IN, VAT), rounding="document"),
        "tax-2",
        "7.5 % of ₦181.8181… = ₦13.64, rounded half up once for the document from ₦13.6363…",
    ),
}


@pytest.mark.parametrize("made, key, sentence", ONCE.values(), ids=ONCE.keys())
def test_a_tax_that_is_rounded_once_says_of_what_it_was_taken(made, key, sentence):
    assert words_of(made, key) == sentence


def test_many_amounts_are_counted_and_not_written_out():
    assert words_of(account(*[line("1", "1")] * 5), "subtotal") == "5 amounts added up"


def test_the_document_s_figures_are_said_as_its_reader_writes_them():
    made = account(line("2", "1250.50", VAT), currency="EUR")
    german = Manner("EUR", "de", lambda v: f"{v:f}".replace(".", ","), lambda r: f"{r:f} %".replace(".", ","), str)
    words = [words.replace("\u00a0", " ") for _, words, _ in told(made, german)]
    assert words[0] == "2 × 1.250,50 € = 2.501,00 €"
    assert "7,5 % of 2.501,00 € = 187,58 €, rounded half up from 187,575 €" in words


def test_a_stored_figure_that_no_arithmetic_comes_to_is_said_as_it_stands():
    made = account(line("1", "100", VAT))
    odd = tuple(replace(part, amount_minor=800) for part in made.totals.components)
    totals = replace(made.totals, components=odd, tax_minor=800, total_minor=10800)
    steps = {step.key: step for step in explain(replace(made, totals=totals), say())}
    assert steps["line-1-tax-1"].words == "₦8.00, as it stands on the document"
    assert steps["total"].words == "₦100.00 + ₦8.00 of tax"


def test_a_step_says_which_line_and_which_tax_it_comes_from():
    made = account(line("1", "100", VAT), line("1", "50", VAT_IN))
    titled = replace(made, titles=("Fibre, monthly", ""))
    steps = {step.key: (step.label, step.line, step.tax) for step in explain(titled, say())}
    assert steps["line-1"] == ("Fibre, monthly", 1, None)
    assert steps["line-2"] == ("Line 2", 2, None)
    assert steps["line-2-tax-1"] == ("VAT inside line 2", 2, "VAT")
    assert steps["tax"] == ("Tax", None, None)


TODAY = date(2026, 11, 20)
SETTLED = {
    "nothing": (("open", 10750, 10750, []), [("Still to pay", "Nothing was paid yet.", 10750)]),
    "a part, and credit": (
        (
            "open",
            10750,
            2750,
            [
                Received("Bank transfer", TODAY, "4711", 5000),
                Received("Credit on account", TODAY, "", 3000, credit=True),
            ],
        ),
        [
            ("Paid", "Bank transfer of 20 Nov 2026, reference 4711", -5000),
            ("Credit used", "Credit on account of 20 Nov 2026", -3000),
            ("Still to pay", "₦107.50 − ₦50.00 − ₦30.00 = ₦27.50", 2750),
        ],
    ),
    "void": (
        ("void", 10750, 0, []),
        [
            ("Taken back", "The invoice is void, so nothing of it is owed.", -10750),
            ("Still to pay", "₦107.50 − ₦107.50 = ₦0.00", 0),
        ],
    ),
    "written off": (
        ("written_off", 10750, 0, [Received("Cash", TODAY, "", 10000)]),
        [
            ("Paid", "Cash of 20 Nov 2026", -10000),
            ("Written off", "What was left is not expected any more.", -750),
            ("Still to pay", "₦107.50 − ₦100.00 − ₦7.50 = ₦0.00", 0),
        ],
    ),
    "a draft": (("draft", 10750, 0, []), []),
}


@pytest.mark.parametrize("facts, sentences", SETTLED.values(), ids=SETTLED.keys())
def test_what_is_still_to_pay_is_the_total_less_what_settled_it(facts, sentences):
    assert [(step.label, step.words, step.amount_minor) for step in balance_steps(*facts, say())] == sentences


def test_sections_that_say_nothing_new_are_left_out():
    bare = explain(account(line("1", "100")), say())
    assert [section.name for section in sections(bare)] == ["lines", "total"]
    full = explain(account(line("1", "100", VAT_IN, GST, discount=percent("5"))), say())
    assert [section.title for section in sections(full)] == [
        "Lines", "Discounts", "Tax inside the prices", "Net", "Tax", "Total",
    ]  # fmt: skip


def test_plain_data_names_what_each_sum_is_made_of():
    made = account(line("3", "18500", VAT))
    data = {one["step"]: one for one in plain_data(explain(made, say()), "NGN")}
    assert data["line-1-tax-1"] == {
        "step": "line-1-tax-1",
        "section": "tax",
        "label": "VAT on line 1",
        "words": "7.5 % of ₦55,500.00 = ₦4,162.50",
        "amount": {"amount": "4162.50", "minor": 416250, "currency": "NGN"},
        "line": 1,
        "tax": "VAT",
        "sum_of": [],
    }
    assert data["total"]["sum_of"] == ["net", "tax"]
    assert set(data) >= set(SUMS)
