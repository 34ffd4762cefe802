"""Whoever looks at our pages sees what is wrong with them: each fault is put on a page that is well without it."""

from __future__ import annotations

import pytest

from tests.browser.looking import Looker
from tests.support.story_pages import Window

pytestmark = pytest.mark.browser

STYLE = """:root { color-scheme: light dark } body { background: light-dark(#fff, #111); color: light-dark(#111, #eee) }
a, button { display: inline-block; padding: 8px } .faint { color: #888 } .wide { width: 50rem }"""
WELL = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><style>{style}</style></head>
<body><main><h1>A page</h1><p>Nothing is wrong here.</p>{fault}</main></body></html>"""


@pytest.fixture
def window(browser, shop):
    """A window in which something may go wrong: the ordinary ones fail the test that opened them."""
    context = browser.new_context()
    yield Window(context.new_page(), shop.url)
    context.close()


def looked_at(window, fault: str = "", style: str = STYLE) -> list[str]:
    """What is said about a page with this fault."""
    looker = Looker(window)
    window.page.set_content(WELL.format(style=style, fault=fault))
    looker.look("a page")
    return looker.complaints


def test_a_page_that_is_well_is_let_be(window):
    assert looked_at(window) == []


@pytest.mark.parametrize(
    "fault, said",
    [
        ('<p class="faint">Hardly to be read</p>', "at 1440, light: color-contrast"),
        ('<p class="wide">Wide</p>', "at 360, light: scrolls to"),
        ("<button></button>", "has no name: <button>"),
        ("<label>Name <input></label><input placeholder='E-mail'>", "has no name: <input placeholder"),
        ('<img src="data:," >', "at 360, light: image-alt"),
        ('<img alt="" src="https://elsewhere.example/x.png">', "asked another host: https://elsewhere.example/x.png"),
        ("<script>console.error('it broke')</script>", "it broke"),
        ("<script>nothing.there()</script>", "nothing is not defined"),
        ("<h3>A step was left out</h3>", "at 1440, light: heading-order"),
    ],
)
def test_a_fault_is_told(window, fault, said):
    complaints = looked_at(window, fault)
    assert any(said in one for one in complaints), complaints


def test_a_page_that_stays_light_in_the_dark_is_told(window):
    complaints = looked_at(window, style="body { background: #fff; color: #111 }")
    assert any("at 360, dark: brightness 255" in one for one in complaints), complaints


def test_what_the_policy_forbids_is_told(window):
    looker = Looker(window)
    window.go("/login/")
    window.page.evaluate("document.querySelector('main').setAttribute('style', 'color: blue')")
    looker.look("with an inline style")
    assert any("Content Security Policy: style-src-attr forbids inline" in one for one in looker.complaints)
