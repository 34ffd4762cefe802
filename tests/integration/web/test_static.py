"""Style sheets and scripts go out compressed, whether the compressor has been there or not, and never old ones."""

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


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br, gzip; q=0.0", "gzip;q=0, *;q=0", ""])
def test_who_refuses_it_compressed_gets_the_plain_file(folder, fetch, accepted):
    answer = fetch(**{"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert answer.data == (folder / SHEET).read_bytes()


@pytest.mark.parametrize("accepted", ["GZIP", "gzip;q=0.001", "gzip; q=1.0", "br;q=0, gzip;q=0.5"])
def test_who_takes_it_in_any_spelling_gets_the_compressed_file(folder, fetch, accepted):
    assert text_of(fetch(**{"Accept-Encoding": accepted})) == (folder / SHEET).read_bytes()


def text_of(answer) -> bytes:
    """What a browser makes of an answer, which has to be compressed."""
    assert answer.headers["Content-Encoding"] == "gzip"
    return gzip.decompress(answer.data)


def test_after_an_update_the_old_compressed_file_is_not_sent(folder, fetch):
    compress(["--quiet", str(folder / "static")])
    (folder / SHEET).write_text(NEWER)
    assert text_of(fetch(**BROWSER)) == NEWER.encode()


def test_nor_after_going_back_to_an_older_release(folder, fetch):
    compress(["--quiet", str(folder / "static")])
    (folder / SHEET).write_text(NEWER)
    os.utime(folder / SHEET, (1_600_000_000, 1_600_000_000))
    assert text_of(fetch(**BROWSER)) == NEWER.encode()


class TestWithoutTheCompressor:
    """As after a first `make run`."""

    def test_files_are_compressed_all_the_same(self, folder, fetch, tmp_path):
        answer = fetch(**BROWSER)
        plain = (folder / SHEET).read_bytes()
        assert text_of(answer) == plain
        assert len(answer.data) < len(plain) / 3
        assert (answer.mimetype, answer.headers["Vary"]) == ("text/css", "Accept-Encoding")
        assert fetch(**{"Accept-Encoding": "identity"}).data == plain
        assert not list((folder / "static").rglob("*.gz")), "nothing is written beside the originals"
        assert list((tmp_path / "instance" / "compressed").glob("*.gz"))

    def test_they_are_compressed_once(self, folder, fetch, tmp_path):
        fetch(**BROWSER)
        [copy] = self.copies(folder, tmp_path)
        made = copy.stat()
        fetch(**BROWSER)
        assert copy.stat().st_ino == made.st_ino

    def test_an_edited_file_is_compressed_anew(self, folder, fetch):
        fetch(**BROWSER)
        (folder / SHEET).write_text(NEWER)
        assert text_of(fetch(**BROWSER)) == NEWER.encode()

    def test_where_nothing_can_be_written_they_go_out_plain(self, folder, fetch, tmp_path):
        (tmp_path / "instance" / "compressed").write_text("in the way")
        answer = fetch(**BROWSER)
        assert "Content-Encoding" not in answer.headers
        assert answer.data == (folder / SHEET).read_bytes()

    def test_pictures_fonts_and_what_is_short_stay_as_they_are(self, folder, fetch, tmp_path):
        fetch(**BROWSER)
        kept = b"".join(gzip.decompress(copy.read_bytes()) for copy in (tmp_path / "instance" / "compressed").iterdir())
        assert b"wOF2" not in kept
        assert (folder / "static/icons/mark.svg").read_bytes() not in kept

    def copies(self, folder: Path, tmp_path: Path) -> list[Path]:
        """The compressed copies of the style sheet."""
        plain = (folder / SHEET).read_bytes()
        found = (tmp_path / "instance" / "compressed").glob("*.gz")
        return [copy for copy in found if gzip.decompress(copy.read_bytes()) == plain]
