"""What stands below the lines, from subtotal to amount due. Every figure comes with the document."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.invoices.pdf.document import PrintedDocument
from app.invoices.pdf.figures import Figures
from app.invoices.pdf.fonts import clip, count, fit, widest
from app.invoices.pdf.paper import Paper

LEADING = {"t": 12.6, "ti": 11.0, "tt": 12.6, "tg": 17.0}
PADDING = {"t": 4.0, "ti": 3.0, "tt": 7.0, "tg": 8.0}
SIZE = {"t": 8.8, "ti": 7.8, "tt": 8.8, "tg": 13.0}


@dataclass(frozen=True)
class Total:
    """One row; `cls` is t (plain), tt (ruled), tg (the one that matters), ti (small, what the total includes)."""

    cls: str
    label: str
    amount: str


@dataclass(frozen=True)
class Totals:
    """The rows with their column widths and height, in points."""

    rows: list[Total]
    label_w: float  # the label of tt and tg
    amount_w: float  # the amount of t and ti
    grand_size: int
    height: float


def invoice_totals(doc: PrintedDocument, figures: Figures, say: Callable[[str], str]) -> list[Total]:
    """The rows of an invoice or credit note."""
    plain = figures.plain
    added = [tax for tax in doc["taxes"] if not tax["inclusive"]]
    rows = []
    if doc["discounts"] or added or doc["subtotal_minor"] != doc["total_minor"]:
        rows.append(Total("t", say("Subtotal"), plain(doc["subtotal_minor"])))
    rows += [Total("t", x["label"], plain(-x["amount_minor"])) for x in doc["discounts"]]
    rows += [Total("t", _on(x["label"], plain(x["base_minor"]), say), plain(x["amount_minor"])) for x in added]
    rows += _ending(doc, figures, say)
    for tax in doc["taxes"]:
        if tax["inclusive"]:
            label = f"{say('Includes')} {_on(tax['label'], plain(tax['base_minor']), say)}"
            rows.append(Total("ti", label, plain(tax["amount_minor"])))
    return rows


def _on(label: str, base: str, say: Callable[[str], str]) -> str:
    return f"{label} {say('on')} {base}"


def _ending(doc: PrintedDocument, figures: Figures, say: Callable[[str], str]) -> list[Total]:
    total, due = figures.money(doc["total_minor"]), figures.money(doc["balance_minor"])
    if doc["kind"] == "credit_note":
        return [Total("tg", say("Total credit"), total)]
    if doc["status"] == "void":
        return [Total("tg", say("Total"), total)]
    if not doc["payments"] and doc["total_minor"] == doc["balance_minor"]:
        return [Total("tg", say("Amount due"), due)]
    comma = "\u060c " if figures.rtl else ", "
    rows = [Total("tt", say("Total"), total)]
    for x in doc["payments"]:
        rows.append(Total("t", x["label"] + comma + figures.day(x["date"]), figures.plain(-x["amount_minor"])))
    if doc["closed_minor"]:
        rows.append(Total("t", say("Closed unpaid"), figures.plain(-doc["closed_minor"])))
    return [*rows, Total("tg", say("Amount due"), due)]


def receipt_totals(doc: PrintedDocument, figures: Figures, say: Callable[[str], str]) -> list[Total]:
    """The rows of a receipt."""
    received = doc["received"]
    assert received is not None  # `check` has seen to it
    rows = []
    if received["allocations"]:
        rows.append(Total("t", say("Paid towards invoices"), figures.plain(received["allocated_minor"])))
    comma = "\u060c " if figures.rtl else ", "
    for x in received["sent_back"]:
        rows.append(Total("t", say(x["label"]) + comma + figures.day(x["date"]), figures.plain(x["amount_minor"])))
    if received["credit_minor"]:
        rows.append(Total("t", say("Kept as credit"), figures.plain(received["credit_minor"])))
    return [*rows, Total("tg", say("Received"), figures.money(received["amount_minor"]))]


def measured(rows: Sequence[Total], sheet: Paper, rtl: bool) -> Totals:
    """The rows with labels that fit, and their size. Right to left there is one grid: mirrored columns cannot span."""
    small = [x.amount for x in rows if x.cls in ("t", "ti")]
    large = [x for x in rows if x.cls in ("tt", "tg")]
    label_w = min(max(92.0, widest([x.label for x in large], SIZE["tg"], bold=True) + 8), sheet.narrow * 0.6)
    amount_w = min(max(72.0, widest(small, SIZE["t"]) + 6), sheet.narrow * 0.6)
    if rtl:
        amount_w = min(
            max(amount_w, widest([x.amount for x in large], SIZE["tg"], bold=True) * 1.06 + 6), sheet.narrow * 0.55
        )
        label_w = sheet.narrow - amount_w
    room = sheet.narrow - label_w - 2
    grand = min([13] + [min(fit(x.amount, 13, room), fit(x.label, 13, label_w - 2)) for x in large if x.cls == "tg"])
    fitted, height = [], 7.0
    for x in rows:
        own = sheet.narrow - amount_w if x.cls in ("t", "ti") else label_w
        size = grand if x.cls == "tg" else SIZE[x.cls]
        label = clip(x.label, size, own - 2, 4, bold=x.cls in ("tt", "tg"))
        fitted.append(Total(x.cls, label, x.amount))
        lines = max(1, count(label, size, own, bold=x.cls in ("tt", "tg")))
        height += PADDING[x.cls] + LEADING[x.cls] * lines
    return Totals(fitted, round(label_w, 1), round(amount_w, 1), grand, height)
