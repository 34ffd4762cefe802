"""Static files: hashed addresses that a browser may keep for ever; `.gz` files beside them are used if there are."""

from __future__ import annotations

from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from config import ROOT, Config


def install(app: Flask) -> None:
    """Serve `/static/` in front of the application, so what every answer says is said here, too."""
    config: Config = app.config["DUELY"]

    def mark(headers: Headers, _path: str, _url: str) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        if config.https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(ROOT / "static"),
        prefix="static/",
        autorefresh=app.config["ENV_NAME"] == "development",
        max_age=31536000 if app.config["ENV_NAME"] == "production" else 60,
        add_headers_function=mark,
    )
