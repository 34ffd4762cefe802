"""Turns a document into the values its template prints."""

from collections.abc import Callable
from typing import Any

from app.invoices.pdf import rows as table
from app.invoices.pdf.direction import for_reading
from app.invoices.pdf.document import PrintedDocument
from app.invoices.pdf.figures import Figures
from app.invoices.pdf.fonts import clip, fit
from app.invoices.pdf.opening import Hero, opening, small_print, ways_to_pay
from app.invoices.pdf.paginate import paginate
from app.invoices.pdf.paper import Paper, legible, paper
from app.invoices.pdf.statement import PrintedStatement, statement
from app.invoices.pdf.totals import Totals, invoice_totals, measured, receipt_totals

Say = Callable[[str], str]


def speaker(words: dict[str, str]) -> Say:
    """The translator of the fixed words; a missing word stays English."""
    return lambda word: words.get(word) or word


def view(doc: PrintedDocument | PrintedStatement, carry: bool = True) -> dict[str, Any]:
    """Template values. Without `carry` the rows flow as they come, with no carried totals."""
    doc = for_reading(doc)
    sheet, say = paper(doc["paper"]), speaker(doc["words"])
    figures = Figures(doc["locale"], doc["currency"], doc["rtl"])
    if doc["kind"] == "statement":
        return _frame(doc, sheet, say) | statement(doc, sheet, figures, say, carry)
    build = _receipt if doc["kind"] == "receipt" else _invoice
    return _page(doc, sheet, say) | build(doc, sheet, figures, say, carry)


def _page(doc: PrintedDocument, sheet: Paper, say: Say) -> dict[str, Any]:
    status = doc["status"]
    mark = {"draft": say("Draft"), "void": say("Void")}.get(status, "")
    number = "" if status == "draft" else clip(doc["number"], 7.8, sheet.text_w * 0.3, 1)
    return _frame(doc, sheet, say, mark) | {"number": number}


def _frame(doc: PrintedDocument | PrintedStatement, sheet: Paper, say: Say, mark: str = "") -> dict[str, Any]:
    """What every page of paper has, whatever stands on it."""
    rtl, accent = doc["rtl"], doc["business"]["accent"]
    return {
        "sheet": sheet, "_": say, "rtl": rtl, "start": "right" if rtl else "left", "end": "left" if rtl else "right",
        "lang": doc["locale"].replace("_", "-"),
        "currency": doc["currency"], "accent": accent, "ink_accent": legible(accent),
        "mark": mark, "mark_size": fit(mark, 190, sheet.sheet_w * 0.84, least=40), "stamp": None, "pay": None,
        "notes": small_print(doc, sheet),
    }  # fmt: skip


def _invoice(doc: PrintedDocument, sheet: Paper, figures: Figures, say: Say, carry: bool) -> dict[str, Any]:
    rates = {line["tax"] for line in doc["lines"]} - {""}
    tax_column = doc["tax_label"] if len(rates) > 1 else ""  # one rate: the totals say it
    untaxed = f"{say('No')} {doc['tax_label']}" if rates and doc["tax_label"] and not tax_column else ""
    raw = [table.row_of(line, figures, say, untaxed) for line in doc["lines"]]
    cols = table.columns(raw, sheet.text_w, bool(tax_column), [figures.plain(doc["subtotal_minor"])])
    rows = [part for row in raw for part in table.measured(row, cols)]
    totals = measured(invoice_totals(doc, figures, say), sheet, doc["rtl"])
    pay, notes = ways_to_pay(doc, sheet, say), small_print(doc, sheet)
    number = say("Not yet numbered") if doc["status"] == "draft" else doc["number"]
    head = opening(doc, sheet, _hero(doc, figures, say), _meta(doc, figures, say), number, say)
    stamp = _stamp(doc, figures, say)
    closing = max(totals.height, 80 if stamp else 0) + (pay["height"] if pay else 0) + notes["height"]
    pages = _cut(rows, head["top"], closing, sheet, doc["rtl"]) if carry else [(0, len(rows))]
    credit = doc["kind"] == "credit_note"
    return head | {
        "title": say("Credit note") if credit else say("Invoice"),
        "labels": (say("Credited to") if credit else say("Billed to"), say("From")),
        "template": "invoice.html", "cols": cols,
        "tax_column": clip(tax_column, 7.4, cols.tax, 1), "totals": totals, "pay": pay,
        "stamp": stamp, "parts": _parts(rows, pages, figures), "pages": len(pages),
    }  # fmt: skip


def _cut(rows: list[table.Row], top: float, closing: float, sheet: Paper, rtl: bool) -> list[tuple[int, int]]:
    if rtl:  # Arabic is set in a font we do not measure with
        top, closing = top * 1.02, closing * 1.04
    return paginate([row.height for row in rows], sheet.room_first - top, sheet.room_more, closing)


def _parts(rows: list[table.Row], pages: list[tuple[int, int]], figures: Figures) -> list[dict[str, Any]]:
    """Rows page by page, with the sum of the printed line amounts so far carried over the page break."""
    parts, running = [], 0
    for page, (start, stop) in enumerate(pages):
        brought = figures.plain(running) if page else ""
        running += sum(row.amount_minor for row in rows[start:stop])
        carried = figures.plain(running) if page < len(pages) - 1 else ""
        parts.append({"rows": rows[start:stop], "brought": brought, "carried": carried})
    return parts


def _paid_on(doc: PrintedDocument) -> str | None:
    return max((x["date"] for x in doc["payments"]), default=None)


def _hero(doc: PrintedDocument, figures: Figures, say: Say) -> Hero:
    total, issued = figures.money(doc["total_minor"]), doc["issue_date"]
    when = (say("Issued"), figures.date(issued)) if issued else ("", "")
    if doc["status"] == "void":
        if doc["void_date"]:
            when = (say("Voided on"), figures.date(doc["void_date"]))
        return Hero(say("Void"), total, *when, say("Nothing is due."))
    if doc["status"] in ("credited", "replaced"):
        by = f"{say('Replaced by')} {doc['replaced_by']}"
        gone = (say("Replaced"), by) if doc["replaced_by"] else (say("Credited"), say("Nothing is due."))
        return Hero(gone[0], total, *when, gone[1])
    if doc["status"] == "closed":
        if doc["closed_date"]:
            when = (say("Closed on"), figures.date(doc["closed_date"]))
        return Hero(say("Closed"), total, *when, say("No payment is asked for."))
    if doc["kind"] == "credit_note":
        note = f"{say('Corrects invoice')} {doc['corrects']}" if doc["corrects"] else ""
        return Hero(say("Credit"), total, *when, note)
    if doc["status"] == "paid":
        paid_on = _paid_on(doc)
        if paid_on:
            when = (say("Paid on"), figures.date(paid_on))
        return Hero(say("Paid in full"), total, *when, say("Nothing more is due."))
    if doc["due_date"]:
        when = (say("Due"), figures.date(doc["due_date"]))
    return Hero(say("Amount due"), figures.money(doc["balance_minor"]), *when, doc["terms_label"])


def _meta(doc: PrintedDocument, figures: Figures, say: Say) -> list[tuple[str, str]]:
    issued = figures.date(doc["issue_date"]) if doc["issue_date"] else ""
    fields = [(say("Issued"), issued), (say("Period"), doc["period"]), (say("Your reference"), doc["reference"])]
    return [(label, value) for label, value in fields if value]


def _stamp(doc: PrintedDocument, figures: Figures, say: Say) -> dict[str, str] | None:
    if doc["status"] == "void":
        return {"word": say("Void"), "date": figures.date(doc["void_date"]) if doc["void_date"] else ""}
    if doc["status"] == "paid" and doc["kind"] == "invoice":
        paid_on = _paid_on(doc)
        return {"word": say("Paid"), "date": figures.date(paid_on) if paid_on else ""}
    return None


def _receipt(doc: PrintedDocument, sheet: Paper, figures: Figures, say: Say, carry: bool) -> dict[str, Any]:
    received = doc["received"]
    assert received is not None  # `check` has seen to it
    rows = [
        {
            "title": x["number"], "detail": f"{say('Issued')} {figures.date(x['issue_date'])}",
            "total": figures.plain(x["total_minor"]), "paid": figures.plain(x["paid_minor"]),
            "left": figures.plain(x["left_minor"]),
        }
        for x in received["allocations"]
    ]  # fmt: skip
    when = figures.date(received["date"])
    label = say("Void") if doc["status"] == "void" else say("Amount received")
    amount = figures.money(received["amount_minor"])
    hero = Hero(label, amount, say("Received on"), when, received["method"])
    issued = figures.date(doc["issue_date"]) if doc["issue_date"] else ""
    meta = [(say("Receipt issued"), issued), (say("Payment reference"), received["reference"])]
    head = opening(doc, sheet, hero, [(k, v) for k, v in meta if v], doc["number"], say)
    totals: Totals = measured(receipt_totals(doc, figures, say), sheet, doc["rtl"])
    closing = totals.height + small_print(doc, sheet)["height"]
    heights = [34.2] * len(rows)
    room = sheet.room_first - head["top"]
    pages = paginate(heights, room, sheet.room_more, closing, carry=0) if carry else [(0, len(rows))]
    return head | {
        "title": say("Receipt"), "labels": (say("Received from"), say("Received by")), "template": "receipt.html",
        "parts": [rows[start:stop] for start, stop in pages], "pages": len(pages), "totals": totals,
        "stamp": _stamp(doc, figures, say),
    }  # fmt: skip
