"""What templates may say about dates, amounts, names and files, in the reader's language and time zone.

The language and the time zone of a request are `g.locale` and `g.timezone`; without them the defaults below hold.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import format_decimal
from flask import Flask, g, has_app_context

from app import clock
from app.money import Money, MoneyParts, format_money, money_parts
from app.web import icons

LOCALE = "en-NG"
TIMEZONE = "Africa/Lagos"


# A page says the same days and figures over and over, and CLDR's patterns are read anew for each.
remembered = lru_cache(maxsize=4096)


@lru_cache(maxsize=256)
def locale_of(tag: str) -> Locale:
    """The CLDR locale of a language tag. Plain "en" is read as English with the day first; unknown tags likewise."""
    name = "en_GB" if tag.lower() == "en" else tag.replace("-", "_")
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def day_words(value: date, locale: str) -> str:
    """A date in short: 20 Nov 2026."""
    return skeleton_words("yMMMd", value, locale)


@remembered
def skeleton_words(skeleton: str, value: date, locale: str) -> str:
    """A date with the parts a CLDR skeleton names, in the order and the words of a language."""
    return str(format_skeleton(skeleton, value, locale=locale_of(locale)))


@remembered
def day_long_words(value: date, locale: str) -> str:
    """A date in full: Friday 20 November 2026."""
    return str(format_date(value, "full", locale=locale_of(locale))).replace(",", "")


@remembered
def days_words(first: date, last: date, locale: str) -> str:
    """From a day to another, as short as it can be said: 1–31 Oct 2026, 27 Nov – 3 Dec 2026; one day by itself."""
    if first == last:
        return day_words(first, locale)
    text = str(format_interval(first, last, "yMMMd", locale=locale_of(locale)))
    return text.replace("\N{THIN SPACE}", " ")


def moment_words(instant: datetime, timezone: str, locale: str, now: datetime) -> str:
    """An instant on the reader's wall, the year only when it is not this one: 18 Nov, 07:44 / 18 Nov 2025, 07:44."""
    zone = ZoneInfo(timezone)
    local, wall = _aware(instant).astimezone(zone), now.astimezone(zone)
    skeleton = "MMMd" if local.year == wall.year else "yMMMd"
    return f"{skeleton_words(skeleton, local.date(), locale)}, {local:%H:%M}"


def ago_words(instant: datetime, timezone: str, locale: str, now: datetime) -> str:
    """How long ago, as people say it: just now, 4 min ago, 3 h ago, then the moment itself."""
    minutes = int((now - _aware(instant)).total_seconds() // 60)
    if -1 <= minutes < 1:
        return "just now"
    if 1 <= minutes < 60:
        return f"{minutes} min ago"
    if 60 <= minutes < 24 * 60:
        return f"{minutes // 60} h ago"
    return moment_words(instant, timezone, locale, now)


def due_words(due: date, today: date) -> str:
    """How far a due date is: 6 days overdue, 1 day overdue, Due today, Due tomorrow, Due in 2 days."""
    days = (due - today).days
    if days < 0:
        return f"{-days} {'day' if days == -1 else 'days'} overdue"
    if days == 0:
        return "Due today"
    return "Due tomorrow" if days == 1 else f"Due in {days} days"


@remembered
def quantity_words(value: Decimal, locale: str) -> str:
    """A quantity without idle zeros: 2.5, 1,200."""
    return str(format_decimal(value, format="#,##0.######", locale=locale_of(locale)))


@remembered
def rate_words(percent: Decimal, locale: str) -> str:
    """A percentage, given in percent: 7.5 %. The space does not break."""
    return f"{format_decimal(percent, format='0.######', locale=locale_of(locale))}\N{NO-BREAK SPACE}%"


@remembered
def exchange_rate_words(value: Decimal, locale: str) -> str:
    """A rate between two currencies with all its decimals and none that are idle: 1,533.275, 0.000652200591."""
    return str(format_decimal(value, format="#,##0.############", locale=locale_of(locale)))


def initials(name: str) -> str:
    """Up to two capitals that stand for a name: Harmattan Fibre -> HF, Ọláìyá -> Ọ; "?" when there is no letter."""
    words = [word for word in unicodedata.normalize("NFC", name).split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def file_mark(path: Path) -> str:
    """Eight characters that change with the content of a file."""
    return blake2b(path.read_bytes(), digest_size=4).hexdigest()


class Assets:
    """Addresses of our static files, marked with their content so that browsers may keep them for ever."""

    def __init__(self, folder: Path, prefix: str, watch: bool) -> None:
        """`watch` looks at the files again whenever they change on the disk (development)."""
        self.folder, self.prefix, self.watch = folder, prefix.rstrip("/"), watch
        self._marks: dict[str, tuple[float, str]] = {}

    def url(self, path: str) -> str:
        """`/static/<path>?v=<mark>`. Raises FileNotFoundError when there is no such file."""
        known = self._marks.get(path)
        if known is None or self.watch:
            known = self._marks[path] = self._look(self.folder / path, known)
        return f"{self.prefix}/{path}?v={known[1]}"

    @staticmethod
    def _look(file: Path, known: tuple[float, str] | None) -> tuple[float, str]:
        changed = file.stat().st_mtime
        return known if known and known[0] == changed else (changed, file_mark(file))


def _aware(instant: datetime) -> datetime:
    # SQLite hands instants back without their zone; all stored instants are UTC.
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _locale() -> str:
    return getattr(g, "locale", None) or LOCALE if has_app_context() else LOCALE


def _timezone() -> str:
    return getattr(g, "timezone", None) or TIMEZONE if has_app_context() else TIMEZONE


def _on_wall(value: date | datetime) -> date:
    """A date as it is; of an instant, the date it falls on in the reader's time zone."""
    return _aware(value).astimezone(ZoneInfo(_timezone())).date() if isinstance(value, datetime) else value


def money(value: Money) -> str:
    """An amount with its currency, in the reader's language."""
    return format_money(value, _locale())


def parts_of_money(value: Money) -> MoneyParts:
    """An amount in the parts the `money` macro sets apart: sign, symbol, figure, decimals."""
    return money_parts(value, _locale())


def reader() -> tuple[str, Callable[[Decimal], str], Callable[[Decimal], str], Callable[[date], str]]:
    """The locale of who reads this page, and how quantities, percentages and days are written for them."""
    locale = _locale()
    return (
        locale,
        partial(quantity_words, locale=locale),
        partial(rate_words, locale=locale),
        partial(day_words, locale=locale),
    )


def moment(value: datetime) -> str:
    """An instant in the reader's time zone."""
    return moment_words(value, _timezone(), _locale(), clock.now())


def ago(value: datetime) -> str:
    """How long ago an instant was."""
    return ago_words(value, _timezone(), _locale(), clock.now())


def iso(value: datetime | date) -> str:
    """What `<time datetime>` wants."""
    return _aware(value).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def register(app: Flask) -> None:
    """Give every template these words, as filters and as functions, and the icons."""
    folder = Path(app.static_folder or "static")
    assets = Assets(folder, app.static_url_path or "/static", watch=app.debug)
    words: dict[str, Callable[..., Any]] = {
        "money": money,
        "money_parts": parts_of_money,
        "day": lambda value: day_words(_on_wall(value), _locale()),
        "days": lambda first, last: days_words(first, last, _locale()),
        "day_long": lambda value: day_long_words(_on_wall(value), _locale()),
        "moment": moment,
        "ago": ago,
        "due_words": due_words,
        "quantity": lambda value: quantity_words(value, _locale()),
        "rate": lambda value: rate_words(value, _locale()),
        "exchange_rate": lambda value: exchange_rate_words(value, _locale()),
        "initials": initials,
        "iso": iso,
    }
    app.jinja_env.filters.update(words)
    app.jinja_env.globals.update(asset=assets.url, due_words=due_words)
    icons.register(app)
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
