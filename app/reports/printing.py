"""From a client's account to what is printed and mailed: words, days, the renderer's input. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from babel.dates import format_date, format_interval

from app.clients.models import Client
from app.folding import fold
from app.invoices.parties import buyer_facts, seller_facts
from app.invoices.printing import (
    business_on_paper,
    client_on_paper,
    locale_on_paper,
    method_words,
    right_to_left,
)
from app.money import Money, format_money
from app.reports.periods import Period
from app.reports.statement import AGE_WORDS, Movement, Row, event_words
from app.reports.statement_queries import Account

if TYPE_CHECKING:
    from app.invoices.pdf.statement import PrintedStatement, StatementLine

CREDIT_WORDS = "Credit not used yet"


def printed(account: Account, logo_png: bytes | None, page_url: str | None) -> PrintedStatement:
    """The canonical input of the renderer for one statement; equal accounts give equal inputs."""
    business, statement = account.business, account.statement
    owed = statement.closing > 0
    return {
        "kind": "statement",
        "currency": statement.currency,
        "locale": locale_on_paper(account.language),
        "rtl": right_to_left(account.language),
        "paper": "letter" if business.paper == "letter" else "a4",
        "words": {},
        "business": business_on_paper(seller_facts(business), logo_png),
        "client": client_on_paper(buyer_facts(account.client)),
        "first": statement.period.first.isoformat(),
        "last": statement.period.last.isoformat(),
        "opening_minor": statement.opening,
        "lines": [_line(row) for row in statement.rows],
        "charges_minor": statement.charges,
        "credits_minor": statement.credits,
        "closing_minor": statement.closing,
        "ages": [{"label": label, "amount_minor": minor} for label, minor in ages_shown(account)],
        "bank": [{"label": str(row["label"]), "value": str(row["value"])} for row in business.bank_details if owed],
        "pay_url": page_url if owed else None,
        "pay_label": "See what is open, and pay" if owed and page_url else "",
        "notes": "",
        "footer": business.footer,
    }


def ages_shown(account: Account) -> list[tuple[str, int]]:
    """What the closing balance consists of, by age, with the client's credit; empty when that is not known, and when
    all of it is one thing."""
    if account.ages is None or account.credit is None:
        return []
    parts = [*zip(AGE_WORDS, account.ages, strict=True), (CREDIT_WORDS, account.credit)]
    shown = [(word, minor) for word, minor in parts if minor]
    return shown if len(shown) > 1 or account.overdue else []


def late_words(account: Account, language: str, whose: str = "your") -> str:
    """How much of a balance that is owed is overdue: "all of it overdue"; empty when nothing is, or nobody knows."""

    how, overdue, credit = how_late(account, language)
    if how == "late_before_credit":
        return f"{overdue} overdue before {whose} credit of {credit}"
    return {"late_all": "all of it overdue", "late_part": f"{overdue} of it overdue"}.get(how, "")


def how_late(account: Account, language: str) -> tuple[str, str, str]:
    """The phrase that says how much of a balance is overdue, empty when none is; what is overdue; the credit."""

    def money(minor: int) -> str:
        return format_money(Money.total(minor, account.currency), language)

    overdue, closing, credit = account.overdue, account.statement.closing, account.credit
    if not overdue or closing <= 0:
        return "", "", ""
    how = "late_before_credit" if credit else "late_all" if overdue == closing else "late_part"
    return how, money(overdue), money(-credit) if credit else ""


def told(movement: Movement, *, to_client: bool) -> tuple[str, str, str]:
    """What happened, the document it is about, how a payment came: "Payment received", "TRF 77", "Bank transfer"."""
    how = method_words(movement.method) if movement.method else ""
    return event_words(movement, to_client=to_client), movement.document, how


def statement_filename(client: Client, period: Period) -> str:
    """What the PDF is called: statement-lekki-hub-2026-10-01-to-2026-10-31.pdf."""
    whose = "-".join("".join(c if c.isalnum() else " " for c in fold(client.name)).split())[:60].strip("-")
    parts = ("statement", whose, period.first.isoformat(), "to", period.last.isoformat())
    return f"{'-'.join(part for part in parts if part)}.pdf"


def period_words(period: Period, language: str) -> str:
    """The days of a period as people write them: 1–31 October 2026."""
    text = str(format_interval(period.first, period.last, "yMMMd", locale=locale_on_paper(language)))
    # Mail readers and our fonts do not all have the thin spaces that CLDR puts around the dash.
    return text.replace("\N{THIN SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def long_day(day: date, language: str) -> str:
    """31 October 2026."""
    return str(format_date(day, "d MMMM y", locale=locale_on_paper(language)))


def _line(row: Row) -> StatementLine:
    title, document, how = told(row.movement, to_client=True)
    minor = row.movement.minor
    return {
        "date": row.movement.on_date.isoformat(),
        "title": title,
        "detail": ", ".join(part for part in (how, document) if part),
        "charge_minor": max(minor, 0),
        "credit_minor": min(minor, 0),
        "balance_minor": row.balance,
    }
