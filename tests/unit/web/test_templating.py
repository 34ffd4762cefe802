"""What is known when a template is compiled is in the compiled template."""

from __future__ import annotations

import pytest
from flask import Flask

from app.web import icons, templating
from app.web.icons import UnknownIcon, icon


@pytest.fixture
def environment() -> templating.Environment:
    app = Flask(__name__)
    templating.install(app)
    icons.register(app)
    return app.jinja_env  # type: ignore[return-value]


@pytest.mark.parametrize("call", ['icon("plus")', 'icon("check", label="chosen")', 'icon("x", None, cls="i-s")'])
def test_an_icon_that_is_written_out_is_drawn_once(environment: templating.Environment, call: str) -> None:
    source = "<b>{{ " + call + " }}</b>"
    compiled = environment.compile(source, name="page.html", raw=True)
    assert "<svg class" in compiled
    assert "call(" not in compiled


def test_drawn_early_or_late_it_is_the_same_icon(environment: templating.Environment) -> None:
    page = environment.from_string('{{ icon("plus", label="<New>") }}|{{ icon(name, label=said) }}')
    early, late = page.render(name="plus", said="<New>").split("|")
    assert early == late == icon("plus", label="<New>")


def test_an_unknown_icon_is_refused_when_the_page_is_drawn(environment: templating.Environment) -> None:
    page = environment.from_string('{{ icon("no-such-icon") }}')
    with pytest.raises(UnknownIcon):
        page.render()


def test_what_a_page_is_given_goes_before_what_all_pages_know(environment: templating.Environment) -> None:
    environment.globals["place"] = "everywhere"
    page = environment.from_string("{{ place }}")
    assert page.render() == "everywhere"
    assert page.render(place="here") == "here"
    assert environment.from_string("{{ place }}", globals={"place": "there"}).render() == "there"
