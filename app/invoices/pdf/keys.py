"""The name of a printed file: the same input under the same template is the same file. Imports no drawing library."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.invoices.pdf.document import PrintedDocument
    from app.invoices.pdf.statement import PrintedStatement


PACKAGE = Path(__file__).resolve().parent
TEMPLATES = PACKAGE.parents[2] / "templates" / "invoices" / "pdf"


@functools.cache
def template_version() -> str:
    """Hash of all that shapes the page besides its input: templates, fonts, this package, the libraries that draw."""
    digest = hashlib.sha256()
    for library in ("xhtml2pdf", "reportlab", "Babel", "segno"):
        digest.update(f"{library}={version(library)}\n".encode())
    for folder, pattern in (
        (TEMPLATES, "*.html"),
        (TEMPLATES, "*.css"),
        (PACKAGE, "assets/fonts/*.ttf"),
        (PACKAGE, "*.py"),
    ):
        for file in sorted(folder.glob(pattern)):
            digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def canonical(doc: PrintedDocument | PrintedStatement) -> bytes:
    """The document as JSON with one spelling. Raises ValueError for NaN and TypeError for what JSON does not know."""
    return json.dumps(doc, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def content_key(doc: PrintedDocument | PrintedStatement) -> str:
    """SHA-256 in hex (64 characters) of the canonical document and the template version."""
    return hashlib.sha256(template_version().encode() + b"\n" + canonical(doc)).hexdigest()
