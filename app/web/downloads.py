"""What a download is called: a header may hold Latin letters only (PEP 3333), a name any (RFC 6266, RFC 8187)."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from flask import Response

# Letters that `filename*` takes as they are (RFC 8187, attr-char).
PLAIN = "!#$&+-.^_`|~"


def name_file(response: Response, filename: str, how: str = "attachment") -> None:
    """Let the browser keep this answer under a name; one that cannot read the name gets it without its accents."""
    name = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in filename)
    names = {"filename": _ascii(name)}
    if not name.isascii():
        names["filename*"] = f"UTF-8''{quote(name, safe=PLAIN)}"
    response.headers.set("Content-Disposition", how, **names)  # type: ignore[arg-type]


def _ascii(name: str) -> str:
    stem, dot, extension = (_spelled(part) for part in name.rpartition("."))
    return f"{stem.strip(' -_') or 'file'}{dot}{extension}" if not name.isascii() else name


def _spelled(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
