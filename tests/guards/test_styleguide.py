"""The style guide shows every shared part: who makes a new one, or a new state, shows it there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from jinja2 import meta, nodes

from tests.guards.source import ROOT

FOLDER = ROOT / "templates"
GUIDE = "dev/styleguide.html"
SHARED = sorted(f"shared/{path.name}" for path in (FOLDER / "shared").iterdir())
# Shared, and still not shown -> why.
ELSEWHERE = {
    "shared/confirm.html": "a page of its own around _confirm.html, which is shown",
}


@pytest.fixture
def app(make_app) -> Flask:
    return make_app()


@pytest.fixture
def guide(app) -> BeautifulSoup:
    """The style guide as it is served."""
    answer = app.test_client().get("/dev/styleguide/")
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def tree(app: Flask, name: str) -> nodes.Template:
    return app.jinja_env.parse((FOLDER / name).read_text(encoding="utf-8"))


def reached(app: Flask) -> set[str]:
    """The templates that the style guide is made of, itself included."""
    found, waiting = set(), [GUIDE]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [one for one in meta.find_referenced_templates(tree(app, name)) if one]
    return found


def called(app: Flask) -> Iterator[str]:
    """The names of macros that are called, by the guide or by a part in it."""
    for name in reached(app):
        for call in tree(app, name).find_all(nodes.Call):
            yield getattr(call.node, "name", getattr(call.node, "attr", ""))


def test_every_shared_template_stands_in_it(app):
    left_out = set(SHARED) - reached(app) - set(ELSEWHERE)
    assert not left_out, f"show it in templates/dev/_components.html: {sorted(left_out)}"


def test_every_macro_is_called_in_it(app):
    macros = {macro.name: name for name in SHARED for macro in tree(app, name).find_all(nodes.Macro)}
    # `macros.html` wraps this one, and pages know it without an import.
    macros.pop("icon")
    calls = set(called(app))
    left_out = [f"{macro} of {name}" for macro, name in macros.items() if macro not in calls]
    assert not left_out, f"show it in templates/dev/_components.html: {left_out}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_every_icon_and_every_kind_of_field_is_shown_in_both_schemes(app, guide, scheme):
    side = guide.select_one(f"[data-bs-theme={scheme}]")
    words = tree_values(app)
    shown = {badge.get_text(strip=True) for badge in side.select(".du-state")}
    assert shown >= words, words - shown
    names = (ROOT / "static/vendor/tabler-icons-3.51.0/names.txt").read_text().split()
    assert {one["title"] for one in side.select(".du-sheet-icons [title]:has(svg)")} == set(names)
    kinds = {one.get("type", one.name) for one in side.select(".du-field :is(input, select, textarea)")}
    assert kinds >= {"text", "email", "tel", "date", "password", "file", "radio", "checkbox", "select", "textarea"}


def tree_values(app: Flask) -> set[str]:
    """The words of all states."""
    return set(app.jinja_env.get_template("shared/_state.html").module.WORDS.values())  # type: ignore[attr-defined]


def test_what_is_refused_is_shown_with_its_message(guide):
    assert len(guide.select(".du-field [aria-invalid=true]")) >= 4
    assert len({one["id"] for one in guide.select(".du-err[id]")}) == len(guide.select(".du-err[id]"))


def test_production_has_none(make_app):
    app = make_app(env="production", site_url="https://duely.test", allowed_hosts=("duely.test",))
    assert app.test_client().get("/dev/styleguide/", base_url="https://duely.test").status_code == 404
