"""The rows of an invoice, from its draft to the customer's first look, as the services of invoices write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.auth.models import Link
from app.auth.rules import token_hash
from app.bulk import hyphened, wired
from app.clients.models import Client
from app.database import SCALE
from app.demo.bulk import material, moments
from app.demo.bulk.baskets import Basket
from app.demo.bulk.books import CUSTOMER, Books
from app.demo.bulk.business import Base
from app.demo.bulk.plan import Planned
from app.demo.bulk.secret import Secrets
from app.folding import fold_all
from app.invoices.models import Invoice, InvoiceFigure, InvoiceLine, LineTax
from app.invoices.parties import buyer_facts, seller_facts
from app.ledger.rules import DISCOUNTS, RECEIVABLE, REVENUE, TAX
from app.vault import seal

MINUTE = 60_000
ISSUED_AFTER, SENT_AFTER, LINKED_AFTER, SEEN_AFTER = 4 * MINUTE, 7 * MINUTE, 8 * MINUTE, 300 * MINUTE
# How often a row is saved on its way, which is what `version` counts.
DRAFT_VERSION, ISSUED_VERSION = 2, 4


@dataclass(frozen=True, slots=True)
class Made:
    """One invoice on its way into the sheets. `drafted` is its first moment in milliseconds."""

    id: str
    client: str
    number: str | None
    basket: Basket
    planned: Planned
    drafted: int

    @property
    def subject(self) -> tuple[str, str]:
        """What events and entries say they are about."""
        return ("invoice", self.id)


class _Buyer:
    """What every invoice of a client repeats."""

    def __init__(self, client: Client) -> None:
        self.id, self.name = client.id.hex, client.name
        self.facts = wired(Invoice.__table__.c.buyer, buyer_facts(client))
        self.search = fold_all(client.name, *client.search.splitlines())


class Documents:
    """Writes invoices of one business into its books."""

    def __init__(self, base: Base, books: Books, secrets: Secrets, zone: ZoneInfo) -> None:
        self.books, self.secrets, self.zone = books, secrets, zone
        self.rounding = base.business.tax_rounding
        self.seller = wired(Invoice.__table__.c.seller, seller_facts(base.business))
        self.buyers = [_Buyer(client) for client in base.clients]

    def write(
        self, planned: Planned, basket: Basket, next_number: Callable[[date], str], paid: tuple[int, int]
    ) -> Made:
        """Everything up to sending. `paid` is (minor units that came in for it, moment of the payment or 0)."""
        drafted = moments.at(planned.on, planned.second, self.zone)
        self.books.ids.restart()
        number = None if planned.fate == "draft" else next_number(planned.on)
        made = Made(self.books.ids.text(drafted), self.buyers[planned.client].id, number, basket, planned, drafted)
        self._invoice(made, *paid)
        self._lines(made)
        self._note(made, "drafted", 0)
        if number:
            self._issue(made)
        return made

    def _invoice(self, made: Made, paid_minor: int, paid_at: int) -> None:
        planned, totals, buyer = made.planned, made.basket.totals, self.buyers[made.planned.client]
        issued = made.number is not None
        void = planned.fate == "void"
        voided = self.voided_at(planned) if void else 0
        sent = issued and not void
        percent = made.basket.percent_off
        searched = fold_all(made.number or "", planned.po_number)
        settled = issued and paid_minor == totals.total_minor
        last = voided or paid_at or made.drafted + (SENT_AFTER if sent else ISSUED_AFTER if issued else 0)
        self.books.sheets[Invoice].add(
            (
                made.id,
                made.client,
                "void" if void else "open" if issued else "draft",
                made.number,
                made.basket.currency,
                planned.on.isoformat(),
                (planned.on + timedelta(days=planned.terms_days)).isoformat(),
                planned.terms_days,
                planned.po_number,
                self.rounding,
                "percent" if percent else None,
                percent * 10**SCALE if percent else None,
                totals.subtotal_minor,
                made.basket.discount_minor,
                totals.net_minor,
                totals.tax_minor,
                totals.total_minor,
                totals.total_minor - paid_minor if sent else 0,
                buyer.name,
                buyer.facts if issued else "{}",
                self.seller if issued else "{}",
                f"{searched}\n{buyer.search}" if searched else buyer.search,
                moments.stamp(made.drafted + ISSUED_AFTER) if issued else None,
                moments.stamp(made.drafted + SENT_AFTER) if sent else None,
                moments.stamp(paid_at) if settled else None,
                moments.stamp(voided) if void else None,
                self.reason(planned) if void else "",
                self.books.owner[1],
                moments.stamp(made.drafted),
                moments.stamp(last),
                ISSUED_VERSION + sent + void + bool(paid_at) if issued else DRAFT_VERSION,
            )
        )

    def _lines(self, made: Made) -> None:
        ids, sheets, ms = self.books.ids, self.books.sheets, made.drafted
        lines = [ids.text(ms) for _ in made.basket.lines]
        for line, row in zip(lines, made.basket.lines, strict=True):
            sheets[InvoiceLine].add((line, made.id), row)
        for place, row in made.basket.taxes:
            sheets[LineTax].add((ids.text(ms), made.id, lines[place]), row)
        if made.number:
            ms += ISSUED_AFTER
            for at, row in made.basket.figures:
                sheets[InvoiceFigure].add((ids.text(ms), made.id, None if at is None else lines[at]), row)

    def _issue(self, made: Made) -> None:
        planned, books, issued = made.planned, self.books, made.drafted + ISSUED_AFTER
        self._post(made, "issue", planned.on, issued, 1)
        totals = made.basket.totals
        facts = {"number": made.number, "total_minor": totals.total_minor, "currency": made.basket.currency}
        self._note(made, "issued", ISSUED_AFTER, facts)
        spelled = hyphened(made.id)
        books.job_done("invoices.print", f"print:{spelled}:issue", {"invoice_id": spelled}, issued)
        if planned.fate == "void":
            voided = self.voided_at(planned)
            self._post(made, "void", planned.on + timedelta(days=planned.after), voided, -1)
            facts = {"number": made.number, "reason": self.reason(planned)}
            books.note(books.owner, "voided", made.subject, made.client, voided, facts)
            return
        self._note(made, "marked_sent", SENT_AFTER)
        if planned.linked:
            self._link(made)

    def _post(self, made: Made, kind: str, on_date: date, ms: int, sign: int) -> None:
        totals, currency, discount = made.basket.totals, made.basket.currency, made.basket.discount_minor
        lines = (
            (RECEIVABLE, currency, sign * totals.total_minor, made.client, made.id),
            (DISCOUNTS, currency, sign * discount, None, made.id),
            (REVENUE, currency, -sign * (totals.net_minor + discount), None, made.id),
            (TAX, currency, -sign * totals.tax_minor, None, made.id),
        )
        self.books.post(kind, made.subject, on_date.isoformat(), ms, made.number or "", lines)

    def _link(self, made: Made) -> None:
        """The customer's link, made a minute after sending and opened the same day."""
        token, seen = self.token(made), made.drafted + SEEN_AFTER
        times = (moments.stamp(made.drafted + LINKED_AFTER), moments.stamp(seen), 1)
        self.books.sheets[Link].add((token_hash(token), seal(token), *made.subject, *times))
        self._note(made, "made_link", LINKED_AFTER)
        self.books.note(CUSTOMER, "seen", made.subject, made.client, seen)

    def token(self, made: Made) -> str:
        """The secret in the customer's address of this invoice."""
        return self.secrets.token(f"link {made.id}")

    def voided_at(self, planned: Planned) -> int:
        """The moment a void invoice was taken back."""
        return moments.at(planned.on + timedelta(days=planned.after), 10 * 3600, self.zone)

    def reason(self, planned: Planned) -> str:
        """Why it was."""
        return material.VOID_REASONS[planned.basket % len(material.VOID_REASONS)]

    def _note(self, made: Made, verb: str, after: int, facts: dict[str, Any] | None = None) -> None:
        self.books.note(self.books.owner, verb, made.subject, made.client, made.drafted + after, facts)
