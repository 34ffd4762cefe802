"""Names of downloads: any letters, in a header that holds Latin ones only."""

from __future__ import annotations

import pytest
from flask import Response
from werkzeug.http import parse_options_header

from app.web.downloads import name_file
from tests.guards.source import modules


def header(name: str, how: str = "attachment") -> str:
    response = Response()
    name_file(response, name, how)
    return response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "fallback"),
    [
        ("journal-日本語-2026-10-01.csv", "journal--2026-10-01.csv"),
        ("日本語.csv", "file.csv"),
        ("日本語", "file"),
        ("Ọ̀yọ́ & “Sons”.pdf", "Oyo & Sons.pdf"),
        ("straße 100%.pdf", "strae 100%.pdf"),
        ("عربي.pdf", "file.pdf"),
        ("🧾.eml", "file.eml"),
    ],
)
def test_a_name_of_any_letters_travels_in_latin_ones(name, fallback):
    sent = header(name)
    assert parse_options_header(sent.encode("latin-1").decode("latin-1")) == ("attachment", {"filename": name})
    assert f"filename={fallback}; " in sent or f'filename="{fallback}"; ' in sent


@pytest.mark.parametrize("name", ["INV-2026-0001.pdf", 'the "best" one\\.pdf', "a; filename=b.exe"])
def test_an_ascii_name_needs_no_second_one(name):
    assert parse_options_header(header(name, "inline")) == ("inline", {"filename": name})
    assert "filename*" not in header(name)


def test_nothing_in_a_name_ends_the_header():
    sent = header("a\r\nSet-Cookie: x\u2028\ud800é.pdf")
    assert sent.isprintable()
    assert parse_options_header(sent)[1] == {"filename": "a  Set-Cookie: x  é.pdf"}


def test_every_download_is_named_in_one_place():
    said = [str(module.path) for module in modules("app") if "Content-Disposition" in module.text]
    assert len(said) == 1
    assert said[0].endswith("app/web/downloads.py")
