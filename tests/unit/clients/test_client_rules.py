"""Tags, searches and recipients, with pencil and paper."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.clients.activity import tell
from app.clients.rules import ContactValues, recipients, search_ways, spelled_alike, split_tags


@pytest.mark.parametrize(
    "typed, tags",
    [
        ("", ()),
        (" , ,", ()),
        ("VIP, school", ("VIP", "school")),
        ("VIP, vip,  Vip ", ("VIP",)),
        ("Ọjà, oja", ("Ọjà",)),
        ("two   words,b", ("two words", "b")),
    ],
)
def test_tags_are_words_between_commas_each_once(typed: str, tags: tuple[str, ...]) -> None:
    assert split_tags(typed) == tags


def test_tags_take_the_spelling_already_in_use() -> None:
    assert spelled_alike(["vip", "Lagos"], ["VIP", "abuja"]) == ("VIP", "Lagos")


@pytest.mark.parametrize(
    "typed, ways",
    [
        ("", []),
        ("  ", []),
        ("Adé Ọlá", [["ade", "ola"]]),
        ("0803 123 4567", [["0803", "123", "4567"], ["08031234567"]]),
        ("00234 803 1234567", [["00234", "803", "1234567"], ["+2348031234567"]]),
        ("+234-803", [["+234-803"], ["+234803"]]),
    ],
)
def test_a_search_is_words_or_a_number_with_gaps(typed: str, ways: list[list[str]]) -> None:
    assert search_ways(typed) == ways


def test_a_search_has_an_end() -> None:
    assert search_ways("x " * 10_000) == [["x"] * 8]


def test_everybody_marked_gets_documents_once() -> None:
    people = [
        ContactValues("Ngozi", "Ngozi@palm.example"),
        ContactValues("Again", "ngozi@palm.example"),
        ContactValues("", "accounts@palm.example"),
        ContactValues("Tunde", "tunde@palm.example", gets_documents=False),
        ContactValues("No address"),
    ]
    found = [("Ngozi", "Ngozi@palm.example"), ("Palmgrove", "accounts@palm.example")]
    assert recipients("Palmgrove", "office@palm.example", people) == found


def test_activity_reads_like_a_sentence() -> None:
    facts = {"number": "INV-1", "total_minor": 125000, "currency": "NGN"}
    shared = {"actor_name": "Ada", "actor_kind": "person", "object_id": None, "at": datetime(2026, 11, 20, tzinfo=UTC)}
    shared |= {"token_id": None, "token_name": None}
    issued = SimpleNamespace(object_kind="invoice", verb="issued", facts=facts, changes={}, **shared)
    changes = {"tax_id": ["sha256:a", "sha256:b"]}
    changed = SimpleNamespace(object_kind="client", verb="changed", facts={"tags": True}, changes=changes, **shared)
    unknown = SimpleNamespace(object_kind="parcel", verb="dropped_off", facts={}, changes={}, **shared)
    twice = SimpleNamespace(object_kind="invoice", verb="payment_recorded", facts={}, changes={}, **shared)
    told = SimpleNamespace(object_kind="invoice", verb="voided", facts={}, changes={}, **shared)
    events = [(issued, None), (twice, None), (told, "INV-2"), (changed, None), (unknown, None)]
    rows = tell(events)  # type: ignore[arg-type]
    assert [(row.title, row.text) for row in rows] == [
        ("INV-1 issued", "Ada, ₦1,250.00"),
        ("INV-2 voided", "Ada"),
        ("Details changed", "Ada, changed tax number, tags"),
        ("Parcel dropped off", "Ada"),
    ]
