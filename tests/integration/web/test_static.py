"""Style sheets and scripts go out compressed when the compressor has been there, and never in an old form."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest
from whitenoise.compress import main as compress

from app.web import static
from config import ROOT

pytestmark = pytest.mark.engines("sqlite")
SHEET = "static/css/duely.css"
# Longer than the compressed old one: the shortest of all forms is what is sent.
NEWER = "body { color: green }\n" * 2000
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
ENVIRONMENTS = {
    "production": {"env": "production", "site_url": "https://duely.test", "allowed_hosts": ("duely.test",)},
    "development": {"env": "development"},
}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A copy of our static files that may be written to."""
    shutil.copytree(ROOT / "static", tmp_path / "static", ignore=shutil.ignore_patterns("*.gz", "*.br"))
    monkeypatch.setattr(static, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture(params=ENVIRONMENTS)
def fetch(request, make_app):
    """Asks a freshly started application for the style sheet."""
    host = "https://duely.test" if request.param == "production" else "http://localhost"

    def get(**headers: str):
        browser = make_app(**ENVIRONMENTS[request.param]).test_client()
        return browser.get(f"/{SHEET}?v=1", headers=headers, base_url=host, buffered=True)

    return get


def test_a_browser_gets_the_compressed_file_and_anybody_else_the_plain_one(folder, fetch):
    compress(["--quiet", str(folder / "static")])
    plain = (folder / SHEET).read_bytes()
    answer = fetch(**BROWSER)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == plain
    assert len(answer.data) < len(plain) / 3
    assert (answer.mimetype, answer.headers["Vary"]) == ("text/css", "Accept-Encoding")
    other = fetch(**{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in other.headers
    assert other.data == plain


def test_after_an_update_the_old_compressed_file_is_not_sent(folder, fetch):
    compress(["--quiet", str(folder / "static")])
    (folder / SHEET).write_text(NEWER)
    answer = fetch(**BROWSER)
    assert "Content-Encoding" not in answer.headers
    assert answer.text == NEWER


def test_nor_after_going_back_to_an_older_release(folder, fetch):
    compress(["--quiet", str(folder / "static")])
    (folder / SHEET).write_text(NEWER)
    os.utime(folder / SHEET, (1_600_000_000, 1_600_000_000))
    assert fetch(**BROWSER).text == NEWER


def test_without_the_compressor_everything_is_served_plain(folder, fetch):
    answer = fetch(**BROWSER)
    assert "Content-Encoding" not in answer.headers
    assert answer.data == (folder / SHEET).read_bytes()
