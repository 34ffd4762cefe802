"""Icons: Tabler's outline set, written into the page so that they take the colour of their text.

An icon's name is the name of its file in `static/vendor/tabler-icons-*/`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask
from markupsafe import Markup

FOLDER = Path(__file__).resolve().parents[2] / "static" / "vendor" / "tabler-icons-3.51.0"
_NAME = re.compile(r"[a-z0-9-]+")
_SHAPE = re.compile(r"<(?:path|circle|rect|line)\b[^>]*/>")
_EMPTY_BOX = 'd="M0 0h24v24H0z"'


class UnknownIcon(LookupError):
    """There is no icon of this name in the icon folder."""


@cache
def shapes(name: str) -> str:
    """The inner SVG of one icon, without the invisible box. Raises UnknownIcon."""
    path = FOLDER / f"{name}.svg"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise UnknownIcon(name)
    found: list[str] = _SHAPE.findall(path.read_text(encoding="utf-8"))
    return "".join(shape for shape in found if _EMPTY_BOX not in shape)


@lru_cache(maxsize=1024)
def icon(name: str, label: str | None = None, cls: str = "") -> Markup:
    """One icon as inline SVG: decoration when `label` is None, else an image with that name. Raises UnknownIcon."""
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    drawn = Markup(shapes(name))  # noqa: S704  # a vendored file, not something a person typed
    return Markup(
        '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>'
    ).format(f"icon {cls}".strip(), meaning, drawn)


def register(app: Flask) -> None:
    """Let every template call `icon(name, label, cls)`."""
    app.jinja_env.globals.update(icon=icon, icon_svg=icon)
