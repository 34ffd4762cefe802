"""Addresses are the same as Werkzeug's own, although nothing is written for them before the first is asked for."""

from __future__ import annotations

import pytest
from werkzeug.routing import BuildError, Map, Rule

from app.web.routing import LateRule

PATHS = {
    "home": "/",
    "one": "/clients/<uuid:client_id>/",
    "page": "/pages/<int:number>/of/<rule>/",
    "file": "/static/<path:filename>",
}


def addresses(kind: type[Rule], endpoint: str, values: dict[str, object]) -> str:
    known = Map([kind(path, endpoint=name) for name, path in PATHS.items()])
    known.add(kind("/pages/", endpoint="page", defaults={"number": 1, "rule": "all"}))
    return known.bind("localhost").build(endpoint, values)


@pytest.mark.parametrize(
    "endpoint, values",
    [
        ("home", {}),
        ("home", {"q": "ẹ ṣé & more"}),
        ("one", {"client_id": "00000000-0000-7000-8000-000000000000"}),
        ("page", {"number": 3, "rule": "a/b"}),
        ("page", {"number": 1, "rule": "all"}),
        ("file", {"filename": "css/duely.css", "v": 1}),
    ],
)
def test_addresses_are_the_same(endpoint, values):
    assert addresses(LateRule, endpoint, values) == addresses(Rule, endpoint, values)


def test_what_is_missing_is_told():
    with pytest.raises(BuildError, match="client_id"):
        addresses(LateRule, "one", {})


def test_nothing_is_written_before_it_is_asked_for_and_then_once(monkeypatch):
    written: list[str] = []
    write = Rule._compile_builder
    monkeypatch.setattr(
        Rule, "_compile_builder", lambda rule, unknown: written.append(rule.rule) or write(rule, unknown)
    )
    known = Map([LateRule(path, endpoint=name) for name, path in PATHS.items()]).bind("localhost")
    known.match("/")
    assert written == []
    for _ in range(3):
        assert known.build("file", {"filename": "x"}) == "/static/x"
    assert written == ["/static/<path:filename>"]
