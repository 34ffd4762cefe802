"""What no page may contain: the content policy would block it, or a person could be harmed by it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Printed documents and e-mails are not web pages: their styles are inlined when they are made.
PAGES = sorted(
    path
    for path in (ROOT / "templates").rglob("*.html")
    if "pdf" not in path.parts and path.parent.name not in ("messages", "email")
)
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))

FORBIDDEN = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "an inline handler": r"<[^>]*\son[a-z]+\s*=",
    "htmx code in markup": r"\bhx-(on|vars)\b|hx-vals\s*=\s*['\"]js:",
    "an inline script without a nonce": r"<script(?![^>]*\b(src|nonce)\s*=)",
    "an inline style sheet without a nonce": r"<style(?![^>]*\bnonce\s*=)",
    "unescaped text": r"\|\s*safe\b|autoescape\s+false",
    "a file from another host": r"(?:src|srcset)\s*=\s*[\"']?(?:https?:)?//|<link[^>]*href\s*=\s*[\"']?(?:https?:)?//",
}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_page_has_nothing_that_the_content_policy_blocks(path: Path) -> None:
    source = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = [what for what, pattern in FORBIDDEN.items() if re.search(pattern, source, flags=re.IGNORECASE)]
    assert not found


# The demo bank plays another company's site, whose form has a key of its own.
OUR_FORMS = [page for page in PAGES if page.name != "checkout.html"]


@pytest.mark.parametrize("path", OUR_FORMS, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_form_that_posts_carries_the_key(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source, flags=re.DOTALL | re.IGNORECASE):
        assert re.search(r"csrf|hidden_tag", form), form[:120]


@pytest.mark.parametrize("path", SCRIPTS + SHEETS, ids=lambda path: path.name)
def test_our_scripts_and_sheets_ask_no_other_host_and_evaluate_nothing(path: Path) -> None:
    source = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|\beval\(|new Function|innerHTML|document\.write|@import", source)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 250


def test_a_partial_never_extends() -> None:
    partials = [path for path in PAGES if path.name.startswith("_")]
    assert partials
    assert not [path for path in partials if "{% extends" in path.read_text(encoding="utf-8")]


def test_every_vendored_folder_has_its_version_and_its_licence() -> None:
    for folder in (path for path in (ROOT / "static" / "vendor").iterdir() if path.is_dir()):
        assert re.search(r"-\d+\.\d+\.\d+$", folder.name), folder
        assert list(folder.glob("LICENSE*")), folder
