"""Static files: hashed addresses that a browser may keep for ever; `.gz` and `.br` files beside them are used.

`python -m whitenoise.compress static` makes those files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

from config import ROOT, Config

COMPRESSED = (".gz", ".br")


class Matching(WhiteNoise):
    """Hands out a compressed file only beside the very original that it was made of.

    The compressor gives it the original's time. After an update without compressing again the times differ, and an
    old style sheet would be kept by browsers for a year under the new one's address.
    """

    def get_static_file(
        self, path: str, url: str, stat_cache: Mapping[str, os.stat_result] | None = None
    ) -> StaticFile:
        """What to answer for one address. Raises MissingFileError, a class of WhiteNoise."""
        known = _look(path) if stat_cache is None else stat_cache
        stats = {name: known[name] for name in (path, *(path + ending for ending in COMPRESSED)) if name in known}
        # Archives and some file systems keep whole seconds only.
        fitting = {name: found for name, found in stats.items() if abs(found.st_mtime - stats[path].st_mtime) <= 1}
        return super().get_static_file(path, url, stat_cache=fitting or None)


def _look(path: str) -> dict[str, os.stat_result]:
    names = (path, *(path + ending for ending in COMPRESSED))
    return {name: os.stat(name) for name in names if os.path.isfile(name)} if os.path.isfile(path) else {}


def install(app: Flask) -> None:
    """Serve `/static/` in front of the application, so what every answer says is said here, too."""
    config: Config = app.config["DUELY"]

    def mark(headers: Headers, _path: str, _url: str) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        if config.https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    app.wsgi_app = Matching(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(ROOT / "static"),
        prefix="static/",
        autorefresh=app.config["ENV_NAME"] == "development",
        max_age=31536000 if app.config["ENV_NAME"] == "production" else 60,
        add_headers_function=mark,
    )
