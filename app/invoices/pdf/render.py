"""Draws a document as a PDF in this process. Pure: the same document gives the same bytes.

xhtml2pdf draws under one lock and can hang on nasty input; whatever faces people's texts uses `render_isolated`.
"""

import functools
import io
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from reportlab.platypus.doctemplate import LayoutError
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessPolicy

from app.invoices.pdf import fonts
from app.invoices.pdf.document import PrintedDocument, check
from app.invoices.pdf.errors import RenderFailed, UndrawableError
from app.invoices.pdf.keys import TEMPLATES
from app.invoices.pdf.statement import PrintedStatement, check_statement
from app.invoices.pdf.text import printable
from app.invoices.pdf.view import view

log = logging.getLogger(__name__)
# The library parses its default stylesheet anew for each document; this is all we need of it (3 ms less).
DEFAULT_CSS = "html{display:inline;white-space:normal} body,div,p,table,tr,td,th{display:block} b{font-weight:bold}"
PAGE = b"/Type /Page\n"
ATTEMPTS = 3


class Drawn(NamedTuple):
    """A PDF and what the library had to say about it: characters without a glyph, refused files."""

    pdf: bytes
    complaints: list[str]


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread, self.seen = threading.get_ident(), list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.seen.append(record.getMessage()[:200])


@contextmanager
def _listening() -> Iterator[list[str]]:
    handler, library = _Complaints(), logging.getLogger("xhtml2pdf")
    library.addHandler(handler)
    try:
        yield handler.seen
    finally:
        library.removeHandler(handler)


def _finalize(value: Any) -> Any:
    return printable(value) if type(value) is str else value


@functools.cache
def environment() -> Environment:
    """Our own Jinja: escapes everything, refuses an unknown name, makes every text fit for paper."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
        auto_reload=False,
    )


@functools.cache
def _policy() -> ResourceAccessPolicy:
    return ResourceAccessPolicy.server(fonts.ASSETS, allow_remote=False)


def _to_pdf(values: dict[str, Any]) -> bytes:
    html = environment().get_template(values["template"]).render(values)
    out = io.BytesIO()
    # `path` names a file that need not exist: relative addresses are looked up beside it, and nowhere else
    try:
        result = pisa.CreatePDF(
            html,
            dest=out,
            path=str(fonts.ASSETS / "document.html"),
            encoding="utf-8",
            resource_policy=_policy(),
            default_css=DEFAULT_CSS,
        )
    except (LayoutError, RenderLimitError) as error:
        raise RenderFailed from error
    if result.err:
        raise RenderFailed
    return out.getvalue()


def draw(doc: PrintedDocument | PrintedStatement) -> Drawn:
    """The PDF with the library's complaints. Raises BadDocument and RenderFailed."""
    check_statement(doc) if doc.get("kind") == "statement" else check(doc)
    fonts.prepare()
    with _listening() as complaints:
        values = view(doc)
        pdf = _to_pdf(values)
        pages = pdf.count(PAGE)
        if pages != values["pages"]:
            log.info("pages planned %d, drawn %d: drawn again without carried totals", values["pages"], pages)
            values = view(doc, carry=False)
        for _ in range(ATTEMPTS):
            if pages == values["pages"]:
                break
            complaints.clear()
            pdf = _to_pdf(values | {"pages": pages})
            values["pages"], pages = pages, pdf.count(PAGE)
    return Drawn(pdf, list(complaints))


def warm() -> None:
    """Loads fonts and compiles templates, so that the first document does not wait for them."""
    fonts.prepare()
    for name in ("base.html", "_style.css", "_parts.html", "invoice.html", "receipt.html", "statement.html"):
        environment().get_template(name)


def render(doc: PrintedDocument | PrintedStatement, strict: bool = False) -> bytes:
    """The PDF.

    With `strict`, anything that could not be drawn raises UndrawableError; else it is logged and left out.
    Raises BadDocument for a document of the wrong shape and RenderFailed when the library gives up.
    """
    drawn = draw(doc)
    if drawn.complaints and strict:
        raise UndrawableError(drawn.complaints)
    for complaint in drawn.complaints:
        log.warning("not drawn: %s", complaint)
    return drawn.pdf
