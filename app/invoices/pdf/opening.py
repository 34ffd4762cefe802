"""What all documents share: the head of the first page, the ways to pay, the notes, with their heights in points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.invoices.pdf import pictures
from app.invoices.pdf.direction import keep_order
from app.invoices.pdf.fonts import clip, count, fit, width
from app.invoices.pdf.paper import Paper
from app.invoices.pdf.text import lines_of
from app.invoices.pdf.words import tax_number

if TYPE_CHECKING:
    from app.invoices.pdf.document import PrintedDocument
    from app.invoices.pdf.statement import PrintedStatement

TEXT, SMALL = 8.8, 7.8
LEADING, LABEL = 12.6, 11.4
NAME = {"mid": (15, 20), "long": (11, 15)}


@dataclass(frozen=True)
class Hero:
    """The two facts a reader looks for first: how much, and by when."""

    label: str
    amount: str
    date_label: str
    date: str
    note: str


def party(name: str, lines: Sequence[str], room: float) -> dict[str, Any]:
    """A name and its address lines, cut where they would fill the page."""
    shown = [clip(x, TEXT, room, 3) for line in lines for x in lines_of(line)][:12]
    name = clip(name, TEXT, room, 3, bold=True)
    tall = LEADING * (count(name, TEXT, room, bold=True) + sum(count(x, TEXT, room) for x in shown))
    return {"name": name, "lines": shown, "height": tall}


def opening(
    doc: PrintedDocument | PrintedStatement,
    sheet: Paper,
    hero: Hero,
    meta: list[tuple[str, str]],
    subtitle: str,
    say: Callable[[str], str],
) -> dict[str, Any]:
    """The head of the first page as template values, with `top`, its height."""
    business = doc["business"]
    tax_id = [tax_number(business["tax_id"], say("Tax number"))] if business["tax_id"] else []
    seller = party(business["name"], [*business["lines"], *tax_id], sheet.narrow)
    buyer = party(doc["client"]["name"], doc["client"]["lines"], sheet.wide)
    style = "long" if len(seller["name"]) > 34 else "mid"
    size, leading = NAME[style]
    logo = pictures.logo(business["logo"]) if business["logo"] else None
    name = clip(seller["name"], size, sheet.wide, 3, bold=True)
    name_h = logo.height if logo else leading * count(name, size, sheet.wide, bold=True)
    subtitle = clip(subtitle, TEXT, sheet.narrow, 2)
    each = (sheet.text_w - sheet.gutter * (len(meta) - 1)) / max(len(meta), 1)
    meta = [(k, clip(v, TEXT, each, 2)) for k, v in meta]
    note = clip(hero.note, SMALL, sheet.narrow, 2)
    top = (
        max(32.6, name_h, 20 + LEADING * count(subtitle, TEXT, sheet.narrow))
        + 22
        + 3
        + 20
        + max(LABEL + 36, LABEL + 20 + 11 * count(note, SMALL, sheet.narrow))
        + 5
        + LABEL
        + max(seller["height"], buyer["height"])
        + 14
    )
    if meta:
        top += 20 + LEADING * (1 + max(count(v, TEXT, each) for _, v in meta))
    return {
        "hero": Hero(hero.label, hero.amount, hero.date_label, hero.date, note),
        "hero_size": fit(hero.amount, 31, sheet.wide - 4),
        "date_size": fit(hero.date, 15, sheet.narrow - 2),
        "seller": seller, "buyer": buyer, "logo": logo, "name": name, "name_cls": style,
        "meta": meta, "meta_w": round(each, 1), "subtitle": subtitle, "top": top,
        "running": clip(business["name"], SMALL, sheet.text_w * 0.5, 1),
        "footer": clip(doc["footer"], 7.4, sheet.text_w - 92, 1),
    }  # fmt: skip


def ways_to_pay(
    doc: PrintedDocument | PrintedStatement, sheet: Paper, say: Callable[[str], str]
) -> dict[str, Any] | None:
    """QR, link and bank details with their height; None unless money is waited for."""
    if not _waits(doc) or not (doc["pay_url"] or doc["bank"]):
        return None
    url = doc["pay_url"] or ""
    address = url.partition("://")[2]
    address = keep_order(address) if doc["rtl"] else address
    room = sheet.narrow if url else sheet.text_w
    bank = [(clip(x["label"], TEXT, room * 0.45, 1), clip(x["value"], TEXT, room, 3)) for x in doc["bank"][:12]]
    label_w = round(max((width(k, TEXT) for k, _ in bank), default=0) + 9, 1)
    label_w = max(label_w, round(width(say("Bank transfer"), 7.4) + 9, 1))
    stacked = any(width(v, TEXT) > room - label_w for _, v in bank)
    bank_lines = sum(count(f"{k} {v}", TEXT, room) for k, v in bank) if stacked else len(bank)
    how = clip(doc["pay_label"], TEXT, sheet.wide - 78, 2, bold=True)
    link_lines = count(how, TEXT, sheet.wide - 78, bold=True) + count(address, TEXT, sheet.wide - 78)
    tall = max(64 if url else 0, LABEL + LEADING * max(link_lines if url else 0, bank_lines))
    return {
        "url": url, "url_text": address, "how": how, "qr": pictures.qr(url) if url else None,
        "bank": bank, "label_w": label_w, "stacked": stacked, "height": 16 + 5 + tall,
    }  # fmt: skip


def _waits(doc: PrintedDocument | PrintedStatement) -> bool:
    """Whether an issued invoice, or the balance of a statement, is still to be paid."""
    if doc["kind"] == "statement":
        return doc["closing_minor"] > 0
    return doc["kind"] == "invoice" and doc["status"] in ("open", "part_paid")


def small_print(doc: PrintedDocument | PrintedStatement, sheet: Paper) -> dict[str, Any]:
    """The notes; long ones may break across pages and take no reserved room."""
    lines = lines_of(doc["notes"])
    printed = sum(count(x, SMALL, sheet.text_w) for x in lines)
    keep = printed <= 12
    return {"lines": lines, "keep": keep, "height": 12 + 11 * printed if lines and keep else 0}
