"""Dates, quantities, rates and names as people read them."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.web import filters

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "first, last, locale, words",
    [
        (date(2026, 12, 1), date(2026, 12, 31), "en", "1–31 Dec 2026"),
        (date(2026, 11, 27), date(2026, 12, 3), "en", "27 Nov – 3 Dec 2026"),
        (date(2026, 12, 20), date(2027, 1, 2), "en", "20 Dec 2026 – 2 Jan 2027"),
        (date(2026, 12, 1), date(2026, 12, 1), "en", "1 Dec 2026"),
        (date(2026, 12, 1), date(2026, 12, 31), "de", "1.–31. Dez. 2026"),
    ],
)
def test_days_are_written_as_short_as_they_can_be(first: date, last: date, locale: str, words: str) -> None:
    assert filters.days_words(first, last, locale) == words


@pytest.mark.parametrize(
    "locale, short, long",
    [
        ("en", "20 Nov 2026", "Friday 20 November 2026"),
        ("en-NG", "20 Nov 2026", "Friday 20 November 2026"),
        ("en_GB", "20 Nov 2026", "Friday 20 November 2026"),
        ("en-US", "Nov 20, 2026", "Friday November 20 2026"),
        ("de", "20. Nov. 2026", "Freitag 20. November 2026"),
        ("fr", "20 nov. 2026", "vendredi 20 novembre 2026"),
        ("xx-no-such", "20 Nov 2026", "Friday 20 November 2026"),
    ],
)
def test_a_day_is_written_as_its_readers_write_it(locale: str, short: str, long: str) -> None:
    assert filters.day_words(date(2026, 11, 20), locale) == short
    assert filters.day_long_words(date(2026, 11, 20), locale) == long


@pytest.mark.parametrize(
    "instant, timezone, words",
    [
        (datetime(2026, 11, 18, 6, 44, tzinfo=UTC), "Africa/Lagos", "18 Nov, 07:44"),
        (datetime(2026, 11, 18, 6, 44, tzinfo=UTC).replace(tzinfo=None), "Africa/Lagos", "18 Nov, 07:44"),
        (datetime(2025, 11, 18, 6, 44, tzinfo=UTC), "Africa/Lagos", "18 Nov 2025, 07:44"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "Africa/Lagos", "1 Jan, 00:30"),
        (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), "Europe/Berlin", "1 Jul, 14:00"),
    ],
    ids=["on the wall", "stored without its zone", "another year", "new year has begun there", "summer time"],
)
def test_a_moment_is_told_on_the_readers_wall(instant: datetime, timezone: str, words: str) -> None:
    assert filters.moment_words(instant, timezone, "en-NG", NOW) == words


@pytest.mark.parametrize(
    "since, words",
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=24), "19 Nov, 11:30"),
        (timedelta(hours=-2), "20 Nov, 13:30"),
    ],
)
def test_what_is_recent_is_told_by_its_distance(since: timedelta, words: str) -> None:
    assert filters.ago_words(NOW - since, "Africa/Lagos", "en-NG", NOW) == words


@pytest.mark.parametrize(
    "days, words",
    [
        (-6, "6 days overdue"),
        (-1, "1 day overdue"),
        (0, "Due today"),
        (1, "Due tomorrow"),
        (2, "Due in 2 days"),
    ],
)
def test_a_due_date_is_told_in_days(days: int, words: str) -> None:
    today = date(2026, 11, 20)
    assert filters.due_words(today + timedelta(days=days), today) == words


@pytest.mark.parametrize(
    "value, locale, words",
    [
        ("1.000000", "en-NG", "1"),
        ("2.5", "en-NG", "2.5"),
        ("1200", "en-NG", "1,200"),
        ("0.000001", "en-NG", "0.000001"),
        ("2.5", "de", "2,5"),
    ],
)
def test_a_quantity_has_no_idle_zeros(value: str, locale: str, words: str) -> None:
    assert filters.quantity_words(Decimal(value), locale) == words


@pytest.mark.parametrize("value, words", [("7.500000", "7.5\xa0%"), ("0", "0\xa0%"), ("20", "20\xa0%")])
def test_a_rate_is_in_percent(value: str, words: str) -> None:
    assert filters.rate_words(Decimal(value), "en-NG") == words


@pytest.mark.parametrize(
    "name, letters",
    [
        ("Harmattan Fibre", "HF"),
        ("tolu bakare", "TB"),
        ("Adébáyọ̀ & Sons Printing", "AS"),
        ("O\u0323la\u0301i\u0300ya\u0301", "\u1ecc"),
        ("  ", "?"),
        ("& !", "?"),
    ],
)
def test_initials_stand_for_a_name(name: str, letters: str) -> None:
    assert filters.initials(name) == letters


def test_the_address_of_a_file_changes_with_its_content(tmp_path: Path) -> None:
    file = tmp_path / "duely.css"
    file.write_text("a{}")
    watched, kept = (filters.Assets(tmp_path, "/static/", watch=watch) for watch in (True, False))
    before = watched.url("duely.css"), kept.url("duely.css")
    assert before[0] == before[1]
    assert before[0].startswith("/static/duely.css?v=")

    file.write_text("b{}")
    os.utime(file, (1, 1))

    assert watched.url("duely.css") != before[0]
    assert kept.url("duely.css") == before[1]


def test_an_asset_that_does_not_exist_is_found_out_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        filters.Assets(tmp_path, "/static", watch=False).url("missing.css")
