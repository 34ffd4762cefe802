"""What a country suggests for a new business: its currency and its time zone. From CLDR; pure."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from babel.core import get_global
from babel.numbers import get_territory_currencies

from app.money import CURRENCIES

# Countries with several zones, by where most people live.
_USUAL = {
    "AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "CA": "America/Toronto", "CD": "Africa/Kinshasa",
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin",
    "EC": "America/Guayaquil", "ES": "Europe/Madrid", "ID": "Asia/Jakarta", "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti", "PG": "Pacific/Port_Moresby", "PT": "Europe/Lisbon", "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv", "US": "America/New_York", "UZ": "Asia/Tashkent", "AR": "America/Argentina/Buenos_Aires",
}  # fmt: skip


def currency_of(country: str) -> str:
    """The first legal tender of a country that is in use today, else USD."""
    return next((code for code in get_territory_currencies(country) if code in CURRENCIES), "USD")


def timezone_of(country: str) -> str:
    """The IANA zone most people of a country live in, else UTC."""
    return _USUAL.get(country) or _zones().get(country, "UTC")


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    known = available_timezones()
    found: dict[str, str] = {}
    for zone, territory in sorted(get_global("zone_territories").items()):
        if zone in known and not zone.startswith("Etc/"):
            found.setdefault(territory, zone)
    return found
