"""The journal as a table for spreadsheets (RFC 4180): a row for each line, and at the end what they come to. Pure."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from app.reports.books import AccountTotal, Entry, Side, Title, Totals, figure, single

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it at the beginning Excel does not read a file as UTF-8."""
COLUMNS = (
    "date",
    "entry_id",
    "kind",
    "source_kind",
    "source_id",
    "document",
    "client",
    "account",
    "currency",
    "debit",
    "credit",
    "memo",
    "base_currency",
    "base_debit",
    "base_credit",
)
# These stand left of the debits and credits above them, so that adding up a whole column still gives its total.
CONTROLS = ("control_total", "account", "currency", "entries", "lines", "opening", "debits", "credits", "closing")
SIGNS = frozenset("=+-@＝＋－＠")
CUTS = frozenset(";,|\t\r\n\v\f\x85\u2028\u2029")
"""Where a spreadsheet of another country, or a program that knows no quotes, lets a new cell begin."""
BLANK = frozenset('"\u115f\u1160\u2800\u3164\uffa0')
"""What nobody sees although Unicode has it among letters and symbols; and quotes, which are taken off."""
UNSEEN = frozenset(("Cc", "Cf", "Me", "Mn", "Zl", "Zp", "Zs"))


def table(title: Title, entries: Iterable[Entry], totals: Totals) -> Iterator[str]:
    """The whole file in pieces, one for each entry."""
    yield MARK + _line(COLUMNS)
    for entry in entries:
        yield "".join(_line(row) for row in _rows(entry))
    yield _line(())
    yield _line(CONTROLS)
    for total in totals.currencies:
        yield _line(("currency", "", total.currency, totals.entries.get(total.currency, 0), *_figures(total)))
    for total in totals.accounts:
        yield _line(("account", text(total.account), total.currency, "", *_figures(total)))
    for total in totals.based:
        yield _line(("base_account", text(total.account), total.currency, "", *_figures(total)))
    period = title.period
    yield _line(("period", text(title.business), period.first.isoformat(), period.last.isoformat()))


def text(value: str) -> str:
    """A cell of words that no spreadsheet takes for a formula: an apostrophe stands before what begins like one.

    Excel separates cells as the country does, by semicolons in half of Europe, and then sees cells inside of ours.
    """
    marks = [0] if value.startswith(("\t", "\r", "\n")) else []
    begun, begins = 0, True
    for at, char in enumerate(value):
        if begins and char in SIGNS and begun not in marks:
            marks.append(begun)
        if char in CUTS:
            begun, begins = at + 1, True
        else:
            begins = begins and (char in BLANK or unicodedata.category(char) in UNSEEN)
    ends = [*marks[1:], len(value)]
    return (
        value[: marks[0]] + "".join(f"'{value[at:end]}" for at, end in zip(marks, ends, strict=True))
        if marks
        else value
    )


def _rows(entry: Entry) -> Iterator[Sequence[str]]:
    document, client = single(entry.documents), single(entry.clients)
    head = (entry.on_date.isoformat(), str(entry.id), text(entry.kind), text(entry.source_kind), str(entry.source_id))
    for side in entry.sides:
        about = (text(side.document or document), text(side.client or client), text(side.account), side.currency)
        yield (*head, *about, *_debit_and_credit(side.minor, side.currency), text(entry.memo), *_worth(side))


def _worth(side: Side) -> tuple[str, str, str]:
    if side.base_minor is None:
        return "", "", ""
    return side.base_currency, *_debit_and_credit(side.base_minor, side.base_currency)


def _debit_and_credit(minor: int, currency: str) -> tuple[str, str]:
    """Nothing stands on neither side."""
    amount = figure(abs(minor), currency)
    return (amount, "") if minor > 0 else ("", amount) if minor else ("", "")


def _figures(total: AccountTotal) -> Sequence[str]:
    amounts = (total.opening, total.debits, total.credits, total.closing)
    return (str(total.lines), *(figure(minor, total.currency) for minor in amounts))


def _line(cells: Sequence[object]) -> str:
    """One record; all of them have the same number of cells."""
    written = io.StringIO()
    csv.writer(written).writerow((*cells, *[""] * (len(COLUMNS) - len(cells))))
    return written.getvalue()
