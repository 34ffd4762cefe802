"""A statement of account as the renderer takes it, and the values its template prints.

Every balance is already computed. Money is minor units of `currency`: charges are positive, credits negative, and a
balance below zero is the client's credit. Dates are ISO, and what people typed is never trusted, as in `document.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from app.invoices.pdf.document import BankDetail, Business, Day, Party
from app.invoices.pdf.errors import BadDocument
from app.invoices.pdf.figures import Figures
from app.invoices.pdf.fonts import clip, count, widest
from app.invoices.pdf.opening import Hero, opening, small_print, ways_to_pay
from app.invoices.pdf.paginate import paginate
from app.invoices.pdf.paper import Paper
from app.invoices.pdf.totals import Total, measured

_STRICT = ConfigDict(extra="forbid", strict=True)
Sum = Annotated[int, Field(ge=-(10**18), le=10**18)]
"""What many amounts come to, in minor units: a balance may be more than any one of them can be."""
TEXT, LEADING, PADDING = 8.8, 12.6, 10.6
MOST_AGES = 6
"""Ages of what is owed, and the credit, stand side by side."""


@with_config(_STRICT)
class StatementLine(TypedDict):
    """One movement; exactly one of `charge_minor` and `credit_minor` is not zero."""

    date: Day
    title: str  # "Invoice", "Payment received"
    detail: str  # the number of a document, how a payment came
    charge_minor: Sum
    credit_minor: Sum
    balance_minor: Sum


@with_config(_STRICT)
class Age(TypedDict):
    """A part of the closing balance, by how late it is, or what is the client's in it."""

    label: str
    amount_minor: Sum


@with_config(_STRICT)
class PrintedStatement(TypedDict):
    """A statement of account, ready to print."""

    kind: Literal["statement"]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    locale: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}$")]
    rtl: bool
    paper: Literal["a4", "letter"]
    words: dict[str, str]  # translations of `words.WORDS`
    business: Business
    client: Party
    first: Day
    last: Day
    opening_minor: Sum
    lines: list[StatementLine]  # in the order of their days
    charges_minor: Sum
    credits_minor: Sum
    closing_minor: Sum
    ages: Annotated[list[Age], Field(max_length=MOST_AGES)]  # [] leaves them out
    bank: list[BankDetail]
    pay_url: Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=1000)] | None
    pay_label: str
    notes: str
    footer: str


@dataclass(frozen=True)
class Columns:
    """Widths in points; what is left is the details'."""

    date: float
    text: float
    charge: float
    credit: float
    balance: float


@functools.cache
def _adapter() -> TypeAdapter[PrintedStatement]:
    return TypeAdapter(PrintedStatement)


def check_statement(doc: PrintedStatement) -> PrintedStatement:
    """The statement itself, when its shape is right. Raises BadDocument, naming fields and never their values."""
    try:
        _adapter().validate_python(doc)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise BadDocument("; ".join(found[:5])) from None
    return doc


def statement(
    doc: PrintedStatement, sheet: Paper, figures: Figures, say: Callable[[str], str], carry: bool
) -> dict[str, Any]:
    """Template values; with `carry` the balance is carried over each page break."""
    raw = [_row(line, figures) for line in doc["lines"]]
    cols = _columns(raw, [figures.plain(doc["opening_minor"]), figures.plain(doc["closing_minor"])], sheet.text_w)
    heights = [_measure(row, cols) for row in raw]
    totals = measured(_totals(doc, figures, say), sheet, doc["rtl"])
    pay, notes = ways_to_pay(doc, sheet, say), small_print(doc, sheet)
    until = figures.date(doc["last"])
    span = f"{figures.day(doc['first'])} \u2013 {figures.day(doc['last'])}"
    meta = [(age["label"], figures.plain(age["amount_minor"])) for age in doc["ages"]]
    hero = Hero(_standing(doc, say), figures.money(abs(doc["closing_minor"])), say("As of"), until, "")
    head = opening(doc, sheet, hero, meta, span, say)
    closing = totals.height + (pay["height"] if pay else 0) + notes["height"]
    first_row = PADDING + LEADING
    room = sheet.room_first - head["top"] - first_row
    pages = paginate(heights, room, sheet.room_more, closing) if carry and raw else [(0, len(raw))]
    return head | {
        "title": say("Statement"), "labels": (say("Account of"), say("From")), "template": "statement.html",
        "number": span, "cols": cols, "since": figures.day(doc["first"]),
        "brought": figures.plain(doc["opening_minor"]), "totals": totals, "pay": pay, "stamp": None,
        "parts": _parts(doc, raw, pages, figures), "pages": len(pages),
    }  # fmt: skip


def _row(line: StatementLine, figures: Figures) -> dict[str, str]:
    return {
        "date": figures.day(line["date"]),
        "title": line["title"],
        "detail": line["detail"],
        "charge": figures.plain(line["charge_minor"]) if line["charge_minor"] else "",
        "credit": figures.plain(-line["credit_minor"]) if line["credit_minor"] else "",
        "balance": figures.plain(line["balance_minor"]),
    }


def _columns(rows: list[dict[str, str]], balances: list[str], room: float) -> Columns:
    """Widths for these rows; the figures decide, and the details keep at least a quarter."""

    def wide(name: str, least: float, more: list[str] | None = None) -> float:
        return min(max(least, widest([row[name] for row in rows] + (more or []), TEXT, bold=True) + 12), 130.0)

    date, charge, credit = wide("date", 62), wide("charge", 60), wide("credit", 60)
    balance = wide("balance", 76, balances)
    text = max(room - date - charge - credit - balance, room / 4)
    squeeze = min(1.0, (room - text) / (date + charge + credit + balance))
    return Columns(round(date * squeeze, 1), text, *(round(x * squeeze, 1) for x in (charge, credit, balance)))


def _measure(row: dict[str, str], cols: Columns) -> float:
    """The row's height; a text that is far too long is cut."""
    row["title"] = clip(row["title"], TEXT, cols.text, 2)
    row["detail"] = clip(row["detail"], TEXT, cols.text, 3)
    figures = ((row["charge"], cols.charge), (row["credit"], cols.credit), (row["date"], cols.date))
    lines = [
        count(f"{row['title']} {row['detail']}", TEXT, cols.text - 4),
        count(row["balance"], TEXT, cols.balance, True),
    ]
    return PADDING + LEADING * max(1, *lines, *(count(text, TEXT, room) for text, room in figures))


def _totals(doc: PrintedStatement, figures: Figures, say: Callable[[str], str]) -> list[Total]:
    return [
        Total("t", say("Opening balance"), figures.plain(doc["opening_minor"])),
        Total("t", say("Charges"), figures.plain(doc["charges_minor"])),
        Total("t", say("Payments and credits"), figures.plain(doc["credits_minor"])),
        Total("tg", _standing(doc, say), figures.money(abs(doc["closing_minor"]))),
    ]


def _standing(doc: PrintedStatement, say: Callable[[str], str]) -> str:
    """What the closing balance is; the amount beside it has no sign."""
    if doc["closing_minor"] < 0:
        return say("In your favour")
    return say("Balance due") if doc["closing_minor"] else say("Nothing is owed")


def _parts(
    doc: PrintedStatement, rows: list[dict[str, str]], pages: list[tuple[int, int]], figures: Figures
) -> list[dict[str, Any]]:
    """Rows page by page, with the balance carried over each break."""
    balances = [doc["opening_minor"], *(line["balance_minor"] for line in doc["lines"])]
    parts = []
    for page, (start, stop) in enumerate(pages):
        carried = figures.plain(balances[stop]) if page < len(pages) - 1 else ""
        parts.append(
            {"rows": rows[start:stop], "brought": figures.plain(balances[start]) if page else "", "carried": carried}
        )
    return parts
