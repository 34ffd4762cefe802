"""Static files: hashed addresses that a browser may keep for ever, compressed for those who can read that.

`.gz` and `.br` files beside the originals are used; `python -m whitenoise.compress static` makes them, for an image
say. What has none is compressed when it is first asked for, and kept in the instance folder.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

from config import ROOT, Config

COMPRESSED = (".gz", ".br")
WORDS = (".css", ".js", ".svg", ".txt", ".html", ".json", ".webmanifest")
"""Endings of what gets smaller; pictures and fonts are compressed already."""
WORTH_IT = 1024
"""Bytes; shorter files fit into one packet anyway."""


class Copies:
    """Compressed copies of static files, each named after its original and that original's time and size."""

    def __init__(self, folder: Path, *, tidy: bool) -> None:
        """`tidy` forgets the copies of earlier forms: not where another process may have them in its memory."""
        self.folder, self.tidy = folder, tidy

    def of(self, path: str, original: os.stat_result) -> Path | None:
        """The copy of a file, made if need be; None when it is not worth it or nothing can be written here."""
        if not path.endswith(WORDS) or original.st_size < WORTH_IT:
            return None
        name = hashlib.blake2b(path.encode(), digest_size=10).hexdigest()
        copy = self.folder / f"{name}-{original.st_mtime_ns:x}-{original.st_size:x}.gz"
        if not copy.exists():
            try:
                self._make(Path(path), copy, name)
            except OSError:
                return None
        return copy

    def _make(self, path: Path, copy: Path, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        earlier = list(self.folder.glob(f"{name}-*")) if self.tidy else []
        # Written aside and moved: another process may look for it at this moment.
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as aside:
            aside.write(gzip.compress(path.read_bytes(), mtime=0))
        os.replace(aside.name, copy)
        for old in earlier:
            old.unlink(missing_ok=True)


class Matching(WhiteNoise):
    """Hands out a compressed file only for the very original that it was made of.

    The compressor gives it the original's time. After an update without compressing again the times differ, and an
    old style sheet would be kept by browsers for a year under the new one's address.
    """

    copies: Copies | None = None

    def get_static_file(
        self, path: str, url: str, stat_cache: Mapping[str, os.stat_result] | None = None
    ) -> StaticFile:
        """What to answer for one address. Raises MissingFileError, a class of WhiteNoise."""
        known = _look(path) if stat_cache is None else stat_cache
        stats = {name: known[name] for name in (path, *(path + ending for ending in COMPRESSED)) if name in known}
        # Archives and some file systems keep whole seconds only.
        fitting = {name: found for name, found in stats.items() if abs(found.st_mtime - stats[path].st_mtime) <= 1}
        copy = self.copies.of(path, stats[path]) if self.copies and list(fitting) == [path] else None
        beside = path + ".gz"
        if copy is not None:
            fitting[beside] = copy.stat()
        file = super().get_static_file(path, url, stat_cache=fitting or None)
        # WhiteNoise looks beside the original only, ours is elsewhere; and it takes "gzip;q=0" for a wish.
        file.alternatives = [
            (_takes(dict(says).get("Content-Encoding")), str(copy) if copy and at == beside else at, says)
            for _, at, says in file.alternatives
        ]
        return file


@cache
def _takes(encoding: str | None) -> re.Pattern[str]:
    """What an Accept-Encoding looks like that allows this encoding; None is the file as it is, which all may have."""
    refused = r"(?!\s*;\s*q\s*=\s*0(?:\.0*)?\s*(?:,|$))"
    return re.compile(rf"\b{encoding}\b{refused}" if encoding else "", re.IGNORECASE)


def _look(path: str) -> dict[str, os.stat_result]:
    names = (path, *(path + ending for ending in COMPRESSED))
    return {name: os.stat(name) for name in names if os.path.isfile(name)} if os.path.isfile(path) else {}


def install(app: Flask) -> None:
    """Serve `/static/` in front of the application, so what every answer says is said here, too."""
    config: Config = app.config["DUELY"]
    watched = app.config["ENV_NAME"] == "development"
    # Tests make thousands of applications, each with an instance folder of its own, and most hand out no file at all:
    # there a file is looked for when it is asked for, and nothing is compressed in advance.

    def mark(headers: Headers, _path: str, _url: str) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        if config.https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    served = Matching(
        app.wsgi_app,
        autorefresh=watched or app.testing,
        max_age=31536000 if app.config["ENV_NAME"] == "production" else 60,
        add_headers_function=mark,
    )
    if not app.testing:
        served.copies = Copies(config.instance_dir.absolute() / "compressed", tidy=watched)
    served.add_files(str(ROOT / "static"), "static/")
    app.wsgi_app = served  # type: ignore[method-assign]
