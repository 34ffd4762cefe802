"""Templates: each can be read, leads somewhere and is used; what pages must not contain is in unit/web."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import meta, nodes

from tests.guards.source import ROOT, modules

FOLDER = ROOT / "templates"
TEMPLATES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".html", ".txt", ".svg", ".css"))
NAMES = {str(path.relative_to(FOLDER)) for path in TEMPLATES}
# Rendered by name from words: `messages/<kind>.<part>`, `invoices/pdf/<kind>.html`.
NAMED_BY_KIND = ("messages/", "invoices/pdf/")
# Pages nobody asks for by name.
LOOKED_AT = {"dev/styleguide.html"}


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
    left = [n for n in NAMES if n not in asked and not n.startswith(NAMED_BY_KIND) and n not in LOOKED_AT]
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
