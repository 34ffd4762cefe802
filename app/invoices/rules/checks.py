"""Refusals before anything is added up: each names the field by its path, such as `lines.0.quantity`."""

from decimal import Decimal
from fractions import Fraction

from app.errors import Invalid
from app.invoices.rules.documents import Discount, DocumentInput, LineInput
from app.money import MAX_MINOR, UnknownCurrency, exponent

INTEGER_DIGITS = 12
PLACES = 6

Problems = dict[str, list[str]]


def check_document(document: DocumentInput) -> None:
    """Raises Invalid with every problem of the currency, the quantities, prices, discounts' values and tax rates."""
    problems: Problems = {}
    decimals = 0
    try:
        decimals = exponent(document.currency)
    except UnknownCurrency as error:
        problems["currency"] = [str(error)]
    for index, line in enumerate(document.lines):
        _check_line(line, f"lines.{index}", decimals, problems)
    _note(problems, "discount", _discount_problem(document.discount, decimals))
    if problems:
        raise Invalid(problems)


def check_reach(amount_minor: int, path: str) -> None:
    """Raises Invalid at `path` when an amount (minor units) is larger than can be stored."""
    if amount_minor > MAX_MINOR:
        raise Invalid(path, "This amount is too large.")


def _check_line(line: LineInput, path: str, decimals: int, problems: Problems) -> None:
    _note(problems, f"{path}.quantity", _number_problem(line.quantity, "The quantity"))
    _note(problems, f"{path}.unit_price", _number_problem(line.unit_price, "The price"))
    _note(problems, f"{path}.discount", _discount_problem(line.discount, decimals))
    keys = [tax.key for tax in line.taxes]
    if len(set(keys)) < len(keys):
        _note(problems, f"{path}.taxes", "The same tax stands on this line twice.")
    for tax in line.taxes:
        _note(problems, f"{path}.taxes", _number_problem(tax.rate, f"The rate of {tax.name}"))


def _note(problems: Problems, path: str, sentence: str | None) -> None:
    if sentence:
        problems.setdefault(path, []).append(sentence)


def _number_problem(value: Decimal, what: str) -> str | None:
    """Why a quantity, price or rate cannot be used. Magnitude first: exact arithmetic on 1e999999 would never end."""
    if not value.is_finite():
        return f"{what} must be a number."
    if value < 0:
        return f"{what} cannot be negative."
    if value and value.adjusted() >= INTEGER_DIGITS:
        return f"{what} has more than {INTEGER_DIGITS} digits before the decimal point."
    if value and (value.adjusted() < -PLACES or (Fraction(value) * 10**PLACES).denominator != 1):
        return f"{what} has more than {PLACES} decimals."
    return None


def _discount_problem(discount: Discount | None, decimals: int) -> str | None:
    """Why a discount cannot be used. An amount is stored in major units like a price, so it has no more digits."""
    if discount is None:
        return None
    value = discount.value
    if discount.kind == "percent":
        if value.is_finite() and value > 100:
            return "A discount is at most 100 percent."
        return _number_problem(value, "The discount")
    if not value.is_finite():
        return "The discount must be a number."
    if value < 0:
        return "The discount cannot be negative."
    if value > MAX_MINOR:
        return "This amount is too large."
    if value != value.to_integral_value():
        return "The discount has more decimals than its currency."
    if value >= 10 ** (INTEGER_DIGITS + decimals):
        return f"The discount has more than {INTEGER_DIGITS} digits before the decimal point."
    return None
