"""`make screenshots`: pictures of real pages of the demo business, for `docs/screenshots/`.

A fresh demo business in a temporary folder, at a fixed moment, so that pictures change only when pages do. Everything
runs in this process, which can tell its own time; only Chromium is another one.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import io
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.bootstrap import ROOT, find_chromium

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser

    from deploy.screenshot_scenes import Page

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PORT = 8000
FOLDER = ROOT / "docs" / "screenshots"
DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}
SCHEMES = ("light", "dark")
COLOURS = 256


class CannotPicture(Exception):
    """The pictures cannot be taken; the message says why."""


def as_png(picture: bytes) -> bytes:
    """A picture with at most 256 colours: a third of the size, and nobody sees the difference."""
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as opened:
        # Also the few pixels of a logo keep their colour.
        spread = {"method": Image.Quantize.MAXCOVERAGE, "kmeans": 1, "dither": Image.Dither.NONE}
        few = opened.convert("RGB").quantize(COLOURS, **spread)
    out = io.BytesIO()
    few.save(out, format="PNG", optimize=True)
    return out.getvalue()


class Studio:
    """Takes pictures of one running installation."""

    def __init__(self, browser: Browser, site: str, cookie: str) -> None:
        """`cookie` is the session of somebody who is signed in."""
        self.browser, self.site, self.cookie = browser, site, cookie

    def take(self, page: Page, device: str, scheme: str) -> bytes:
        """What the first screen shows, as PNG. Raises CannotPicture when the page does not answer 200."""
        context = self.browser.new_context(
            **DEVICES[device], color_scheme=scheme, reduced_motion="reduce", locale="en-GB", timezone_id="Africa/Lagos"
        )
        with contextlib.closing(context):
            context.clock.set_fixed_time(NOW)
            if page.staff:
                context.add_cookies([{"name": "duely", "value": self.cookie, "url": self.site}])
            window = context.new_page()
            answer = window.goto(self.site + page.path)
            if answer is None or answer.status != 200:
                raise CannotPicture(f"{page.path} answered {answer and answer.status}.")
            window.evaluate("document.fonts.ready")
            return as_png(window.screenshot(animations="disabled"))


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[Flask, str]]:
    """The application over an empty instance folder, its context open, and the address where it answers."""
    from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

    from app import create_app
    from config import Config

    class Quiet(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing of each file that is asked for."""

    def listen(port: int) -> BaseWSGIServer:
        return make_server("127.0.0.1", port, lambda environ, start: application(environ, start), True, 1, Quiet)

    # The port stands in the links of the pictures; where somebody else has it, any other will do.
    try:
        server = listen(PORT)
    except (OSError, SystemExit):
        server = listen(0)
    site = f"http://127.0.0.1:{server.server_port}"
    application = create_app(Config.from_env(_settings(folder, site)))
    answering = threading.Thread(target=server.serve_forever, daemon=True)
    answering.start()
    try:
        with application.app_context():
            yield application, site
    finally:
        server.shutdown()
        answering.join()
        server.server_close()


def _settings(folder: Path, site: str) -> dict[str, str]:
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    limits = {"RATE_LIMIT_ANONYMOUS": "100000", "RATE_LIMIT_AUTHENTICATED": "100000"}
    return limits | {
        "APP_ENV": "development",
        "INSTANCE_DIR": str(folder),
        "SITE_URL": site,
        "SECRET_KEY": secrets.token_hex(32),
        "ENCRYPTION_KEYS": key,
        "LOG_LEVEL": "ERROR",
    }


def first_page(pdf: bytes) -> bytes | None:
    """A document's first page as PNG; None on a machine without pdftoppm."""
    if shutil.which("pdftoppm") is None:
        return None
    command = ["pdftoppm", "-png", "-r", "110", "-singlefile", "-"]
    return as_png(subprocess.run(command, input=pdf, stdout=subprocess.PIPE, check=True, timeout=60).stdout)


def picture(names: list[str], devices: list[str], schemes: list[str], folder: Path) -> Iterator[Path]:
    """Take the pictures and write them into the folder; yields each file. No names are all names."""
    import time_machine
    from playwright.sync_api import sync_playwright

    from deploy.screenshot_scenes import make_scenes

    with tempfile.TemporaryDirectory() as instance, time_machine.travel(NOW), serving(Path(instance)) as (app, site):
        scenes = make_scenes(app)
        unknown = set(names) - {*scenes.pages, "pdf"}
        if unknown:
            raise CannotPicture(f"There is no picture named {', '.join(sorted(unknown))}.")
        with sync_playwright() as playwright:
            # Containers rarely allow Chromium's own sandbox, and it opens our own pages only.
            launched = playwright.chromium.launch(
                executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            with contextlib.closing(launched) as browser:
                studio = Studio(browser, site, scenes.cookie)
                for name in [name for name in scenes.pages if name in names or not names]:
                    for device in devices:
                        for scheme in schemes:
                            file = folder / f"{name}-{device}-{scheme}.png"
                            file.write_bytes(studio.take(scenes.pages[name], device, scheme))
                            yield file
        drawn = first_page(scenes.pdf) if "pdf" in names or not names else None
        if drawn:
            file = folder / "pdf.png"
            file.write_bytes(drawn)
            yield file


def main(arguments: list[str]) -> int:
    """`screenshots.py [NAME ...] [--device D] [--scheme S] [--to FOLDER]`: 0 when every picture was taken."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these pictures, like dashboard")
    parser.add_argument("--device", choices=DEVICES, action="append")
    parser.add_argument("--scheme", choices=SCHEMES, action="append")
    parser.add_argument("--to", type=Path, default=FOLDER)
    asked = parser.parse_args(arguments)
    if find_chromium() is None:
        print("There is no Chromium or Chrome on this machine.", file=sys.stderr)
        return 1
    asked.to.mkdir(parents=True, exist_ok=True)
    try:
        for file in picture(asked.names, asked.device or [*DEVICES], asked.scheme or [*SCHEMES], asked.to):
            print(f"{os.path.relpath(file)}  {file.stat().st_size // 1024} KB", flush=True)
    except CannotPicture as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
