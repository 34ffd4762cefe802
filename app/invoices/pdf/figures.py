"""Figures and dates as the reader's country writes them."""

import copy
import datetime as dt
import functools
from decimal import Decimal

from babel import Locale, UnknownLocaleError, dates

from app.invoices.pdf.direction import keep_order
from app.invoices.pdf.errors import BadDocument
from app.invoices.pdf.fonts import drawable
from app.invoices.pdf.text import ARABIC
from app.money import Money, UnknownCurrency, exponent, format_money, plain

MINUS = "\u2212"


@functools.lru_cache(64)
def locale_named(name: str) -> Locale:
    """Babel's locale. Raises BadDocument for one it does not know."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise BadDocument("locale: not known") from None


class Figures:
    """Formats for one locale, currency and direction; amounts read as on every screen, for `app.money` writes both."""

    def __init__(self, locale: str, currency: str, rtl: bool) -> None:
        self.locale, self.currency, self.rtl = locale_named(locale), currency, rtl
        try:
            self.places = exponent(currency)
        except UnknownCurrency:
            raise BadDocument("currency: not known") from None

    def _decimal(self, value: Decimal, least: int, most: int) -> str:
        """The absolute value, grouped as the locale does, with at least and at most so many decimals."""
        pattern = copy.copy(self.locale.decimal_formats[None])
        pattern.frac_prec = (least, most)
        return str(pattern.apply(abs(value), self.locale))

    def _sign(self, minor: int) -> str:
        if minor >= 0:
            return ""
        return "\u200e" + MINUS if self.rtl else MINUS  # without the mark, the minus jumps behind the number

    def plain(self, minor: int) -> str:
        """An amount without its currency, for columns."""
        return self._sign(minor) + plain(Money.total(abs(minor), self.currency), str(self.locale))

    def money(self, minor: int) -> str:
        """An amount with its currency's own sign, or the ISO code where our fonts lack the sign."""
        text = format_money(Money.total(abs(minor), self.currency), str(self.locale))
        if not self._drawable(text):
            text = f"{self.currency} {self.plain(abs(minor))}"
        return self._sign(minor) + (keep_order(text) if self.rtl else text)

    def _drawable(self, text: str) -> bool:
        return drawable(ARABIC.sub("", text) if self.rtl else text)

    def price(self, text: str) -> str:
        """A unit price given in major units: as many places as the currency has, more when the price has more."""
        value = Decimal(text)
        return self._sign(-1 if value < 0 else 1) + self._decimal(value, self.places, max(self.places, 6))

    def quantity(self, text: str) -> str:
        """A quantity without idle zeros."""
        value = Decimal(text)
        return self._sign(-1 if value < 0 else 1) + self._decimal(value, 0, 6)

    def date(self, iso: str) -> str:
        """4 December 2026, or 2026-12-04 where our fonts cannot draw the month.

        Raises BadDocument for a day that does not exist.
        """
        return self._date(iso, "d MMMM y")

    def day(self, iso: str) -> str:
        """4 Dec 2026."""
        return self._date(iso, "d MMM y")

    def _date(self, iso: str, pattern: str) -> str:
        try:
            text = str(dates.format_date(dt.date.fromisoformat(iso), pattern, self.locale))
        except ValueError:
            raise BadDocument("date: no such day") from None
        return text if self._drawable(text) else iso
