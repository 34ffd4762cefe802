"""Printed documents: `document.PrintedDocument` says what to print, `content_key` names its file.

`render_isolated` draws it. `app.invoices.pdf.render.render` draws in this process; importing it loads the layout engine
(half a second, 60 MB).
"""

from app.invoices.pdf.errors import BadDocument, RenderFailed, UndrawableError
from app.invoices.pdf.isolated import render_isolated
from app.invoices.pdf.keys import content_key

__all__ = ["BadDocument", "RenderFailed", "UndrawableError", "content_key", "render_isolated"]
