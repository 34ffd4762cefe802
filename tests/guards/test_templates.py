"""Templates: each can be read, leads somewhere and is used; what pages must not contain is in unit/web."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import meta, nodes

from app.messages.contexts import CONTEXTS
from app.messages.wordings.en import PHRASES
from tests.guards.source import ROOT, modules

FOLDER = ROOT / "templates"
TEMPLATES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".html", ".txt", ".svg", ".css"))
NAMES = {str(path.relative_to(FOLDER)) for path in TEMPLATES}
# Rendered by name from words: `messages/<kind>.<part>`, `invoices/pdf/<kind>.html`.
NAMED_BY_KIND = ("messages/", "invoices/pdf/")


@pytest.fixture
def app(make_app) -> Flask:
    return make_app()


def test_every_template_can_be_compiled(app):
    problems = []
    for name in sorted(name for name in NAMES if not name.startswith("invoices/pdf/")):
        try:
            app.jinja_env.get_template(name)
        except Exception as error:
            problems.append(f"{name}: {error}")
    assert not problems, "\n".join(problems)


def test_what_a_template_includes_extends_or_imports_is_there(app):
    problems = []
    for name in NAMES:
        tree = app.jinja_env.parse((FOLDER / name).read_text(encoding="utf-8"))
        # Printed documents have an environment of their own, whose folder is theirs.
        own = "invoices/pdf/" if name.startswith("invoices/pdf/") else ""
        missing = [wanted for wanted in meta.find_referenced_templates(tree) if wanted and own + wanted not in NAMES]
        problems += [f"{name} asks for {wanted}" for wanted in missing]
    assert not problems, "\n".join(problems)


def test_a_partial_never_extends(app):
    partials = [name for name in NAMES if Path(name).name.startswith("_")]
    assert partials
    for name in partials:
        tree = app.jinja_env.parse((FOLDER / name).read_text(encoding="utf-8"))
        assert not list(tree.find_all(nodes.Extends)), name


def mail_templates() -> list[str]:
    """What e-mails are made of, by name: every kind, and what it includes, imports or extends."""
    kinds = {f"messages/{kind}{end}" for kind in CONTEXTS for end in (".html", ".txt", ".subject.txt")}
    shared = {"messages/base_email.html", "messages/_parts.html", "messages/_rows.txt", "messages/_footer.txt"}
    return sorted((kinds | shared) & NAMES)


def test_the_frame_of_a_mail_has_no_words_of_its_own(app):
    """They stand in `app/messages/wordings/`, so that a translation is one more module there."""
    problems = []
    for name in mail_templates():
        tree = app.jinja_env.parse((FOLDER / name).read_text(encoding="utf-8"))
        text = "".join(one.data for one in tree.find_all(nodes.TemplateData))
        words = re.sub(r"<!DOCTYPE html>|<style>.*?</style>|<[^>]*>|&\w+;", " ", text, flags=re.DOTALL)
        problems += [f"{name} says “{found}” itself" for found in re.findall(r"[^\W\d_][^<>\n]*", words)]
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say":
                said = [one.value for one in call.args[0].find_all(nodes.Const)] or [call.args[0].value]
                problems += [f"{name} says {one}, which is no phrase" for one in said if one not in PHRASES]
        known = {*PHRASES, *NAMES, "accents"}
        for value in (one.value for one in tree.find_all(nodes.Const)):
            # What is written in an expression is the name of a phrase, a template, or part of an attribute.
            if isinstance(value, str) and re.search(r"[^\W\d_]", value) and value not in known:
                problems.append(f"{name} has “{value}” in an expression")
    assert not problems, "\n".join(problems)


def test_no_phrase_is_said_by_nobody():
    everything = "".join(module.text for module in modules("app") if "wordings" not in module.path.parts)
    everything += "".join((FOLDER / name).read_text(encoding="utf-8") for name in mail_templates())
    by_rule = ("method_", "how_", "role_")
    unused = [name for name in PHRASES if f'"{name}"' not in everything and not name.startswith(by_rule)]
    assert not unused


# Fragments that are put inside an element of the page, or are several regions of it.
INSIDE = {
    "catalog/_options.html": "the choices of a combobox",
    "clients/_choices.html": "the options of a select",
    "clients/_options.html": "the choices of a combobox",
    "invoices/_live.html": "regions of the editor, each with its id",
    "invoices/_regions.html": "regions of the editor, each with its id",
    "invoices/_watched.html": "regions of the page of an invoice, each with its id",
    "settings/_number_example.html": "words inside an output",
}


def fragments() -> set[str]:
    """Partials that views answer with, by name."""
    found = {name for module in modules("app") for name in re.findall(r'"(\w+/_\w+\.html)"', module.text)}
    return found & NAMES


class Roots(HTMLParser):
    """The elements that a piece of HTML has at its top, with their attributes."""

    EMPTY = frozenset({"input", "br", "img", "link", "meta", "hr", "path", "rect", "circle", "line", "wbr", "source"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.depth, self.roots = 0, list[dict[str, str | None]]()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.depth:
            self.roots.append(dict(attrs))
        self.depth += tag not in self.EMPTY

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.depth:
            self.roots.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in self.EMPTY


def test_a_fragment_is_one_element_with_an_id(app):
    """What htmx swaps is found again by its id, so a fragment that a view answers with has one root that carries it."""
    problems = []
    for name in sorted(fragments() - INSIDE.keys()):
        source = (FOLDER / name).read_text(encoding="utf-8")
        # Macros draw what stands further down; of the rest only the markup counts.
        source = re.sub(r"{%-?\s*macro\b.*?endmacro\s*-?%}", "", source, flags=re.DOTALL)
        roots = Roots(re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "x", source, flags=re.DOTALL)).roots
        if len(roots) != 1 or not roots[0].get("id"):
            problems.append(f"{name} has {len(roots)} roots, the first with id {roots and roots[0].get('id')!r}")
    assert not problems, "\n".join(problems)


def test_every_listed_fragment_is_still_answered_with(app):
    assert INSIDE.keys() <= fragments()


def test_nothing_is_printed_unescaped(app):
    for name in NAMES:
        tree = app.jinja_env.parse((FOLDER / name).read_text(encoding="utf-8"))
        assert "safe" not in {found.name for found in tree.find_all(nodes.Filter)}, name
        assert not list(tree.find_all(nodes.ScopedEvalContextModifier)), name


def test_no_template_is_left_over(app):
    asked = "\n".join(module.text for module in modules("app"))
    for name in NAMES:
        tree = app.jinja_env.parse((FOLDER / name).read_text(encoding="utf-8"))
        asked += "\n".join(str(wanted) for wanted in meta.find_referenced_templates(tree)) + "\n"
    left = [n for n in NAMES if n not in asked and not n.startswith(NAMED_BY_KIND)]
    assert not left, left


def test_every_post_of_htmx_sits_on_a_real_form(app):
    """Without JavaScript the same form has to work, so `hx-post` stands on a form with a method, or includes one."""
    problems = []
    for name in NAMES:
        source = re.sub(r"{#.*?#}", "", (FOLDER / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        for tag in re.findall(r"<(\w+)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", source):
            if "hx-post" in tag[1] and tag[0] not in ("form", "button") and "hx-include" not in tag[1]:
                problems.append(f"{name}: <{tag[0]} hx-post>")
            if tag[0] == "form" and "hx-post" in tag[1] and "method" not in tag[1]:
                problems.append(f"{name}: a form with hx-post and no method")
    assert not problems, "\n".join(problems)
