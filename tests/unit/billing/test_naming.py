"""Words that stand for days become names, and names that mean nothing are told with those that do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules import Period
from app.billing.rules.charging import period_words
from app.billing.rules.naming import refusals, unknown_names, with_names, without_days

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def test_names_that_mean_nothing_are_told():
    assert unknown_names("{{ month }} {{monht}} {{monht}} {{}}") == ["monht", ""]
    assert refusals("{{period}}") == []
    names = "There are {{period}}, {{start}}, {{end}}, {{month}}, {{year}} and {{plan}}."
    assert refusals("{{bogus}}") == [f"There is no {{{{bogus}}}}. {names}"]


@given(DAYS, st.integers(2, 800), st.sampled_from(["en", "en-GB", "fr", "sw"]))
def test_every_period_as_it_is_written_becomes_its_name(start: date, days: int, locale: str):
    words = period_words(Period(start, start + timedelta(days=days)), locale)
    assert with_names(f"Internet, {words} (fibre)", locale) == "Internet, {{period}} (fibre)"
    assert without_days(f"By phone\n{words}\nDay and night", locale) == "By phone\nDay and night"


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("Internet 1 to 31 Oct 2026", "Internet {{period}}"),
        ("Internet 1-31 October 2026", "Internet {{period}}"),
        ("Internet, 20 Sept 2026 to 19 Oct 2026", "Internet, {{period}}"),
        ("Internet October 2026", "Internet {{month}} {{year}}"),
        ("Internet for {{month}}", "Internet for {{month}}"),
        ("Installed on 5 October 2026", "Installed on 5 October 2026"),
        ("Flat 12, 24-48 Marina Road", "Flat 12, 24-48 Marina Road"),
        ("Maybe 2026", "Maybe 2026"),
        ("20 to 40 Mbps", "20 to 40 Mbps"),
    ],
)
def test_only_what_says_days_becomes_a_name(typed: str, kept: str):
    assert with_names(typed) == kept
