"""Lists a person chooses from: countries, currencies, languages, time zones. From CLDR and the tz database."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale

from app.money import CURRENCIES

LANGUAGES = (("en", "English"), ("en-NG", "English (Nigeria)"), ("en-KE", "English (Kenya)"),
    ("en-ZA", "English (South Africa)"), ("en-GB", "English (United Kingdom)"), ("en-US", "English (United States)"),
    ("en-IN", "English (India)"), ("fr", "French"), ("de", "German"), ("es", "Spanish"), ("pt", "Portuguese"),
    ("ar", "Arabic"), ("sw", "Swahili"), ("yo", "Yoruba"), ("ha", "Hausa"), ("ig", "Igbo"))  # fmt: skip
"""How dates, figures and documents read: BCP 47 tag and name."""


@lru_cache(maxsize=1)
def countries() -> list[tuple[str, str]]:
    """(ISO 3166 code, name) of every country, by name."""
    found = Locale.parse("en").territories.items()
    skipped = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    return sorted(((c, n) for c, n in found if len(c) == 2 and c.isalpha() and c not in skipped), key=lambda p: p[1])


@lru_cache(maxsize=1)
def currencies() -> list[tuple[str, str]]:
    """(ISO 4217 code, "NGN, Nigerian Naira") of every currency in use, by code."""
    names = Locale.parse("en").currencies
    return [(code, f"{code}, {names.get(code, code)}") for code in CURRENCIES]


@lru_cache(maxsize=1)
def timezones() -> list[tuple[str, str]]:
    """(IANA name, "Africa, Lagos") of every place with a clock, and UTC first."""
    areas = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    found = sorted(name for name in available_timezones() if name.startswith(areas))
    return [("UTC", "UTC"), *((name, name.replace("_", " ").replace("/", ", ")) for name in found)]
