"""The style guide shows every shared part: who makes a new one, or a new state, shows it there."""

from __future__ import annotations

import re
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


_read: list[BeautifulSoup] = []


@pytest.fixture
def guide(app) -> BeautifulSoup:
    """The style guide as it is served; read once, for no test changes it."""
    if not _read:
        answer = app.test_client().get("/dev/styleguide/")
        assert answer.status_code == 200
        _read.append(BeautifulSoup(answer.text, "html.parser"))
    return _read[0]


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


# A class of the style sheets that the guide does not show -> where it is seen instead.
SHEETS = ("duely", "pages", "invoices")
FRAMES = "the frame of a page: columns, sides, what stands still while one scrolls"
DOORS = "the frame of the pages outside the rooms: signing in, invitations, what went wrong"
OWN = "a part of one page only, seen in the sweep over every page"
SEEN_ELSEWHERE = {
    **dict.fromkeys(("cols", "edit", "end", "find", "main", "shell", "side", "split"), FRAMES),
    **dict.fromkeys(("top", "top-word", "who", "mark", "word"), FRAMES),
    **dict.fromkeys(("approve", "does", "track"), "for a billing run, a page that is not there yet"),
    **dict.fromkeys(("ask", "dialog", "finder", "toasts"), "around a part that is shown: page, dialog or corner"),
    **dict.fromkeys(("door", "door-form", "door-word", "error", "lone"), DOORS),
    "logo": "a picture that a business uploads; the style guide is nobody's",
    **dict.fromkeys(("people", "steps", "upload"), OWN),
    **dict.fromkeys(("due", "due-acts", "due-bar", "facts", "face", "copy", "how", "mails", "panel-row"), OWN),
    **dict.fromkeys(("paper", "paper-meta", "paper-top", "preview"), "the document, as the preview of the editor"),
    **dict.fromkeys(("add", "attach", "attach-hint", "compare", "foot", "more", "new", "off", "quick"), OWN),
    **dict.fromkeys(("quick-taxes", "saved", "terms", "until", "who-when"), OWN),
    **dict.fromkeys(("account", "books", "entries", "period", "why", "share"), OWN),
    **dict.fromkeys(("bubble", "code", "letter", "name", "names"), OWN),
    **dict.fromkeys(("busy", "spin", "found-none"), "only for a moment, or when there is nothing"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_component_of_the_style_sheets_is_shown_in_both_schemes(guide, scheme):
    side = guide.select_one(f"[data-bs-theme={scheme}]")
    shown = {name.removeprefix("du-") for one in side.find_all(class_=True) for name in one["class"]}
    sheets = [(ROOT / f"static/css/{name}.css").read_text(encoding="utf-8") for name in SHEETS]
    styled = {name for sheet in sheets for name in re.findall(r"\.du-([a-z-]+)", sheet)}
    left_out = styled - shown - SEEN_ELSEWHERE.keys()
    assert not left_out, f"show it in templates/dev/_components.html: {sorted(left_out)}"
    assert not SEEN_ELSEWHERE.keys() - styled, "no such class any more"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "part",
    [
        "svg.du-chart.wide .c-a", ".du-ages", "[data-finder] input", ".du-found a", "[role=listbox] [data-email]",
        "[role=listbox] [data-price]", ".du-lines tr[data-line]", ".du-panel .body", ".du-tools .du-menu-list",
        ".du-bulk", ".du-tabbar a.new", ".du-bar .btn-primary",
    ],
)  # fmt: skip
def test_the_bigger_parts_are_those_of_the_rooms(guide, scheme, part):
    assert guide.select(f"[data-bs-theme={scheme}] {part}")
