"""Money is exact: what is typed is what is stored is what is shown."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.money import (
    CURRENCIES,
    MAX_MINOR,
    AmountTooLarge,
    CurrencyMismatch,
    InexactAmount,
    InvalidNumber,
    Money,
    MoneyError,
    UnknownCurrency,
    exponent,
    format_exact,
    format_money,
    json_money,
    money_parts,
    parse_amount,
    parse_decimal,
    plain,
    round_half_up,
    split,
)

minors = st.integers(-MAX_MINOR, MAX_MINOR)
currencies = st.sampled_from(["NGN", "JPY", "KWD", "EUR", "KES", "XOF"])


@pytest.mark.parametrize("currency, digits", [("JPY", 0), ("NGN", 2), ("USD", 2), ("KWD", 3), ("XOF", 0), ("UGX", 0)])
def test_a_currency_has_as_many_decimals_as_cldr_says(currency, digits):
    assert exponent(currency) == digits


@pytest.mark.parametrize("code", ["", "ngn", "NAIRA", "ZZZ", "<b>", "N\u0000N"])
def test_an_unknown_currency_is_refused(code):
    with pytest.raises(UnknownCurrency):
        exponent(code)
    with pytest.raises(UnknownCurrency):
        Money(1, code)


def test_the_currencies_on_offer_are_current_money_in_order():
    assert {"NGN", "KES", "GHS", "ZAR", "EUR", "USD", "GBP", "JPY", "KWD"} <= set(CURRENCIES)
    assert not {"DEM", "XAU", "XXX", "XTS", "ZWD", "HRK"} & set(CURRENCIES)
    assert sorted(CURRENCIES) == CURRENCIES


@pytest.mark.parametrize(
    "major, currency, minor",
    [
        ("1250.00", "NGN", 125000),
        (Decimal("1250"), "NGN", 125000),
        (1250, "NGN", 125000),
        ("-0.05", "NGN", -5),
        ("1.234", "KWD", 1234),
        ("12.00", "JPY", 12),
        (Decimal("1E+3"), "JPY", 1000),
        (Decimal("0E-40"), "NGN", 0),
        ("10000000000000.00", "NGN", MAX_MINOR),
    ],
)
def test_money_is_made_exactly_from_major_units(major, currency, minor):
    assert Money.of(major, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "major, currency, error",
    [
        ("0.001", "NGN", InexactAmount),
        ("0.5", "JPY", InexactAmount),
        (Decimal("1E-999999"), "NGN", InexactAmount),
        (Decimal("NaN"), "NGN", InvalidNumber),
        (Decimal("-Infinity"), "NGN", InvalidNumber),
        ("NaN", "NGN", InvalidNumber),
        ("1e999", "NGN", InvalidNumber),
        ("1_000", "NGN", InvalidNumber),
        ("\u0661\u0662", "NGN", InvalidNumber),
        (Decimal("1E+999999"), "NGN", AmountTooLarge),
        ("10000000000000.01", "NGN", AmountTooLarge),
        ("9" * 30, "NGN", AmountTooLarge),
        ("1" * 5000, "NGN", InvalidNumber),
        (1.5, "NGN", TypeError),
        (True, "NGN", TypeError),
    ],
)
def test_money_that_would_be_inexact_or_unstorable_is_refused(major, currency, error):
    with pytest.raises(error):
        Money.of(major, currency)


def test_minor_units_are_whole_numbers_and_nothing_else():
    for wrong in (1.0, True, Decimal(1), "1"):
        with pytest.raises(TypeError):
            Money(wrong, "NGN")


def test_money_adds_subtracts_and_compares_within_one_currency():
    five, three = Money(500, "NGN"), Money(300, "NGN")
    assert five + three == Money(800, "NGN")
    assert three - five == Money(-200, "NGN")
    assert -five == Money(-500, "NGN")
    assert abs(-five) == five
    assert three < five
    assert five >= three
    assert max(three, five) is five
    assert Money.sum([five, three], "NGN") == Money(800, "NGN")
    assert Money.sum([], "NGN") == Money.zero("NGN")
    assert five != Money(500, "USD")


@pytest.mark.parametrize(
    "meet",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a >= b,
        lambda a, b: Money.sum([a, b], "NGN"),
    ],
)
def test_two_currencies_never_meet(meet):
    with pytest.raises(CurrencyMismatch):
        meet(Money(100, "NGN"), Money(100, "VND"))


def test_money_never_grows_past_what_can_be_stored():
    assert Money(MAX_MINOR, "NGN").minor == MAX_MINOR
    with pytest.raises(AmountTooLarge):
        Money(MAX_MINOR, "NGN") + Money(1, "NGN")
    with pytest.raises(AmountTooLarge):
        Money(-MAX_MINOR - 1, "NGN")


def test_money_cannot_be_added_to_a_bare_number():
    with pytest.raises(TypeError):
        Money(1, "NGN") + 1


@pytest.mark.parametrize(
    "text, currency, minor",
    [
        ("1250", "NGN", 125000),
        ("1,250.00", "NGN", 125000),
        (" 12.5 ", "NGN", 1250),
        ("\u00a012.5\u00a0", "NGN", 1250),
        (".5", "NGN", 50),
        ("12.", "NGN", 1200),
        ("007", "NGN", 700),
        ("0", "NGN", 0),
        ("-0", "NGN", 0),
        ("1,234,567.89", "NGN", 123456789),
        ("1,250", "JPY", 1250),
        ("1.234", "KWD", 1234),
        ("10,000,000,000,000", "NGN", MAX_MINOR),
    ],
)
def test_amounts_are_read_as_people_type_them(text, currency, minor):
    assert parse_amount(text, currency) == Money(minor, currency)


REFUSED = [
    ("", "Enter an amount."),
    ("   ", "Enter an amount."),
    ("-5", "not negative"),
    ("1.005", "NGN has 2 decimals"),
    ("12.500", "NGN has 2 decimals"),
    ("1,25", "commas only between groups of three"),
    ("1.250,00", "commas only between groups of three"),
    ("12,50.00", "commas only between groups of three"),
    ("1,2500", "commas only between groups of three"),
    (",250", "commas only between groups of three"),
    ("0,125", "commas only between groups of three"),
    ("1000,000", "commas only between groups of three"),
    ("1,000.000,5", "commas only between groups of three"),
    ("NaN", "digits 0 to 9"),
    ("Infinity", "digits 0 to 9"),
    ("-inf", "digits 0 to 9"),
    ("1e999", "digits 0 to 9"),
    ("1E5", "digits 0 to 9"),
    ("1_000", "digits 0 to 9"),
    ("1 000", "digits 0 to 9"),
    ("+5", "digits 0 to 9"),
    ("--5", "digits 0 to 9"),
    (".", "digits 0 to 9"),
    ("-", "digits 0 to 9"),
    ("1.2.3", "digits 0 to 9"),
    ("0x10", "digits 0 to 9"),
    ("\u0661\u0662\u0663", "digits 0 to 9"),
    ("\uff11\uff12", "digits 0 to 9"),
    ("1\u00b2", "digits 0 to 9"),
    ("12\x00", "digits 0 to 9"),
    ("12\n", "digits 0 to 9"),
    ("\t12", "digits 0 to 9"),
    ("1\u200b2", "digits 0 to 9"),
    ("'; drop table", "digits 0 to 9"),
    ("9" * 30, "too large"),
    ("10000000000000.01", "too large"),
    ("1" * 10000, "too long"),
]


@pytest.mark.parametrize("text, sentence", REFUSED)
def test_what_is_no_amount_is_refused_with_a_sentence_for_the_field(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        parse_amount(text, "NGN")


def test_a_currency_without_decimals_says_so():
    with pytest.raises(InexactAmount, match="JPY has no decimals"):
        parse_amount("12.50", "JPY")


@pytest.mark.parametrize("text", ["-12.50", "\u221212.50", " -12.5"])
def test_negative_amounts_are_read_only_when_they_make_sense(text):
    assert parse_amount(text, "NGN", allow_negative=True) == Money(-1250, "NGN")
    with pytest.raises(InvalidNumber):
        parse_amount(text, "NGN")


@pytest.mark.parametrize(
    "text, limits, value",
    [
        ("2.5", {}, "2.5"),
        ("0.000001", {}, "0.000001"),
        ("999,999,999,999.999999", {}, "999999999999.999999"),
        ("000000000000000000012", {}, "12"),
        ("7.5", {"minimum": 0, "maximum": 100}, "7.5"),
        ("-3", {"minimum": -5}, "-3"),
        ("100", {"maximum": 100}, "100"),
    ],
)
def test_quantities_prices_and_rates_are_read_exactly(text, limits, value):
    assert parse_decimal(text, **limits) == Decimal(value)


@pytest.mark.parametrize(
    "text, limits, sentence",
    [
        ("", {}, "Enter a number."),
        ("0.0000001", {}, "at most 6 decimals"),
        ("1.5", {"places": 0}, "a whole number"),
        ("1000000000000", {}, "at most 12 digits"),
        ("-1", {}, "not negative"),
        ("-1", {"minimum": 0}, "Enter 0 or more"),
        ("0", {"minimum": Decimal("0.01")}, r"Enter 0\.01 or more"),
        ("100.01", {"maximum": 100}, "Enter 100 or less"),
        ("1,5", {}, "commas only between groups of three"),
        ("NaN", {}, "digits 0 to 9"),
        ("1e999", {}, "digits 0 to 9"),
    ],
)
def test_a_number_out_of_bounds_is_refused_with_a_sentence(text, limits, sentence):
    with pytest.raises(MoneyError, match=sentence):
        parse_decimal(text, **limits)


@given(st.text(max_size=80) | st.text("0123456789.,-\u2212 _e\u0661", max_size=40))
def test_text_is_either_read_exactly_or_refused_and_never_breaks_the_reading(text):
    try:
        money = parse_amount(text, "NGN", allow_negative=True)
    except MoneyError:
        return
    typed = text.strip(" \u00a0").replace(",", "").replace("\u2212", "-")
    assert Fraction(money.minor, 100) == Fraction(Decimal(typed))


@given(minors, currencies)
def test_what_is_shown_in_english_can_be_typed_back(minor, currency):
    money = Money(minor, currency)
    assert parse_amount(plain(money), currency, allow_negative=True) == money


@given(minors, currencies)
def test_json_amounts_say_the_same_three_times(minor, currency):
    money = Money(minor, currency)
    answer = json_money(money)
    assert Money.of(answer["amount"], answer["currency"]) == money == Money(answer["minor"], answer["currency"])
    assert Money.of(money.decimal, currency) == money


@pytest.mark.parametrize(
    "minor, currency, amount",
    [(125000, "NGN", "1250.00"), (-5, "KWD", "-0.005"), (1250, "JPY", "1250"), (0, "EUR", "0.00")],
)
def test_money_in_json_is_text_minor_units_and_currency(minor, currency, amount):
    assert json_money(Money(minor, currency)) == {"amount": amount, "minor": minor, "currency": currency}


@pytest.mark.parametrize(
    "value, whole",
    [("0.5", 1), ("0.49", 0), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("-2.5", -3), ("-2.4", -2), ("7", 7)],
)
def test_halves_round_away_from_zero(value, whole):
    assert round_half_up(Decimal(value)) == whole
    assert round_half_up(Fraction(value)) == whole


def test_rounding_is_exact_beyond_28_digits():
    assert round_half_up(Decimal("1234567890123456789012345678901234.5")) == 1234567890123456789012345678901235


@pytest.mark.parametrize(
    "total, weights, shares",
    [
        (10, [1, 1, 1], [4, 3, 3]),  # 3 1/3 each; the unit left over goes to the first
        (-10, [1, 1, 1], [-4, -3, -3]),
        (100, [1, 2, 4], [14, 29, 57]),  # 14 2/7, 28 4/7, 57 1/7: the largest remainder is the second's
        (7, [0, 5, 0], [0, 7, 0]),
        (1, [0, 0, 1], [0, 0, 1]),
        (3, [0, 0], [2, 1]),  # nothing to go by: all the same
        (0, [3, 4], [0, 0]),
        (0, [], []),
        (5, [Decimal("0.5"), Decimal("1.5")], [1, 4]),  # 1 1/4, 3 3/4
        (1, [Fraction(1, 3), Fraction(2, 3)], [0, 1]),
        (MAX_MINOR, [1, 1], [MAX_MINOR // 2, MAX_MINOR // 2]),
    ],
)
def test_a_total_is_shared_by_largest_remainder(total, weights, shares):
    assert split(total, weights) == shares


@pytest.mark.parametrize("weights", [[], [1, -1], [Decimal("-0.1")]])
def test_sharing_among_nobody_or_by_negative_weights_is_refused(weights):
    with pytest.raises(ValueError):
        split(5, weights)


weights_lists = st.lists(st.one_of(st.integers(0, 10**15), st.decimals(0, 10**6, places=6)), min_size=1, max_size=40)


@given(minors, weights_lists)
def test_shares_sum_exactly_and_none_is_a_unit_off_its_due(total, weights):
    shares = split(total, weights)
    assert sum(shares) == total
    whole = sum(Fraction(weight) for weight in weights)
    if whole:
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share - total * Fraction(weight) / whole) < 1


@pytest.mark.parametrize(
    "minor, currency, locale, text",
    [
        (125000, "NGN", "en", "₦1,250.00"),
        (6148000, "KES", "en", "KSh\u00a061,480.00"),
        (5, "EUR", "en", "€0.05"),
        (-500, "USD", "en", "\u2212$5.00"),
        (1234567, "JPY", "en", "¥1,234,567"),
        (1234567, "KWD", "en", "KWD\u00a01,234.567"),
        (-1250, "CAD", "en-NG", "\u2212CA$12.50"),
        (125000, "EUR", "de", "1.250,00\u00a0€"),
        (125000, "NGN", "fr", "1\u202f250,00\u00a0₦"),
        (1234567800, "INR", "en-IN", "₹1,23,45,678.00"),
        (125000, "BRL", "pt_BR", "R$\u00a01.250,00"),
        (125000, "NGN", "no such place", "₦1,250.00"),
        (MAX_MINOR, "NGN", "en", "₦10,000,000,000,000.00"),
    ],
)
def test_money_is_printed_with_its_real_sign_as_the_reader_writes_it(minor, currency, locale, text):
    assert format_money(Money(minor, currency), locale) == text


def test_no_two_currencies_on_offer_print_alike():
    printed = [format_money(Money(100, currency)).strip("0123456789.\u00a0") for currency in CURRENCIES]
    assert len(set(printed)) == len(printed)


@pytest.mark.parametrize(
    "minor, currency, parts",
    [
        (125000, "NGN", ("", "₦", "1,250", ".00")),
        (-6148005, "KES", ("\u2212", "KSh\u00a0", "61,480", ".05")),
        (1250, "JPY", ("", "¥", "1,250", "")),
        (5, "KWD", ("", "KWD\u00a0", "0", ".005")),
    ],
)
def test_an_amount_comes_in_the_pieces_a_page_dresses(minor, currency, parts):
    assert money_parts(Money(minor, currency))[:4] == parts


@pytest.mark.parametrize(
    "minor, currency, locale, text",
    [
        (Fraction(12825, 2), "NGN", "en", "₦64.125"),
        (Fraction(71250, 107), "NGN", "en", "₦6.6588…"),
        (Fraction(100), "NGN", "en", "₦1.00"),
        (Fraction(123456789, 1), "NGN", "en", "₦1,234,567.89"),
        (Fraction(2001, 2), "JPY", "en", "¥1,000.5"),
        (Fraction(7035, 2), "KWD", "en", "KWD\u00a03.5175"),
        (Fraction(12825, 2), "EUR", "de", "64,125\u00a0€"),
        (Fraction(2, 3), "EUR", "de", "0,0066…\u00a0€"),
        (Fraction(199_999, 100_000), "EUR", "en", "€0.0199999"),
        (Fraction(1_999_999_999, 10**9), "EUR", "en", "€0.0199…"),
    ],
)
def test_an_amount_finer_than_its_currency_is_shown_whole_or_cut_off_and_never_rounded(minor, currency, locale, text):
    assert format_exact(minor, currency, locale) == text


def test_a_column_prints_the_figure_without_the_currency():
    assert plain(Money(-125000, "NGN")) == "\u22121,250.00"
    assert plain(Money(125000, "EUR"), "de") == "1.250,00"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("₦5000", "NGN", 500000),
        ("NGN 5,000", "NGN", 500000),
        ("ngn5,000.50", "NGN", 500050),
        ("5000 ₦", "NGN", 500000),
        ("5000\u00a0NGN", "NGN", 500000),
        ("KSh 61,480", "KES", 6148000),
        ("A$12.50", "AUD", 1250),
        ("¥500", "JPY", 500),
    ],
)
def test_the_sign_or_the_code_of_its_own_currency_may_stand_beside_an_amount(text, currency, minor):
    assert parse_amount(text, currency) == Money(minor, currency)
    assert parse_decimal(text, currency=currency) == Money(minor, currency).decimal


@pytest.mark.parametrize(
    ("text", "currency"),
    [("$5000", "NGN"), ("USD 5,000", "NGN"), ("5000 €", "NGN"), ("$12.50", "AUD"), ("¥500", "CNY"), ("₦5 USD", "NGN")],
)
def test_the_sign_or_the_code_of_another_currency_is_refused_and_never_converted(text, currency):
    with pytest.raises(InvalidNumber, match=f"in {currency}, without the sign or code of another"):
        parse_amount(text, currency)


def test_a_minus_stands_before_or_behind_the_sign_but_not_twice():
    assert parse_amount("-₦5", "NGN", allow_negative=True) == parse_amount("₦-5", "NGN", allow_negative=True)
    with pytest.raises(InvalidNumber):
        parse_amount("-₦-5", "NGN", allow_negative=True)
