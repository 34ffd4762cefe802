"""The rows of the money that came for an invoice, as the services of payments write them."""

from __future__ import annotations

from datetime import timedelta

from app.auth.rules import token_hash
from app.bulk import hyphened
from app.demo.bulk import moments
from app.demo.bulk.books import SYSTEM, Books
from app.demo.bulk.documents import Documents, Made
from app.demo.bulk.plan import Planned
from app.ledger.rules import CLIENT_CREDIT, RECEIVABLE, cash
from app.payments.models import Allocation, Attempt, AttemptRef, Payment
from app.payments.registry import title_of
from app.payments.rules import REFERENCE_LENGTH

GATEWAY = "paystack"
CHECKOUT_TAKES_MS = 150_000
PAYMENT_VERSION = 2


class Receipts:
    """Writes payments, what they settle and online attempts into the books of one business."""

    def __init__(self, documents: Documents, books: Books) -> None:
        self.documents, self.books = documents, books

    def moment(self, planned: Planned) -> int:
        """When the money came."""
        second = 9 * 3600 + planned.basket % (8 * 3600)
        return moments.at(planned.on + timedelta(days=planned.after), second, self.documents.zone)

    def write(self, made: Made, came_minor: int, taken_minor: int, ms: int) -> None:
        """A payment of `came_minor`, of which the invoice took `taken_minor`; the rest is the client's credit."""
        planned, books = made.planned, self.books
        online = planned.method == "gateway"
        received_on = (planned.on + timedelta(days=planned.after)).isoformat()
        payment = books.ids.text(ms)
        reference, provider = self._attempt(made, came_minor, ms) if online else (None, f"TRF{planned.basket:010d}")
        books.sheets[Payment].add(
            (
                payment,
                made.client,
                made.basket.currency,
                came_minor,
                came_minor - taken_minor,
                planned.method,
                received_on,
                provider,
                "Card ending 4081" if online else "",
                GATEWAY if online else None,
                reference,
                None if online else books.owner[1],
                moments.stamp(ms),
                moments.stamp(ms),
                PAYMENT_VERSION,
            )
        )
        self._post(made, payment, provider, (came_minor, taken_minor), received_on, ms)
        self._tell(made, payment, came_minor, taken_minor, ms)

    def _post(self, made: Made, payment: str, memo: str, minor: tuple[int, int], received_on: str, ms: int) -> None:
        (came, taken), books, currency, client = minor, self.books, made.basket.currency, made.client
        lines = (
            (cash(made.planned.method), currency, came, client, None),
            (CLIENT_CREDIT, currency, -came, client, None),
        )
        books.post("payment", ("payment", payment), received_on, ms, memo, lines)
        allocation = books.ids.text(ms)
        books.sheets[Allocation].add((allocation, payment, made.id, taken, moments.stamp(ms)))
        settled = (
            (CLIENT_CREDIT, currency, taken, client, None),
            (RECEIVABLE, currency, -taken, client, made.id),
        )
        books.post("allocation", ("allocation", allocation), received_on, ms, "", settled)

    def _tell(self, made: Made, payment: str, came_minor: int, taken_minor: int, ms: int) -> None:
        facts = {
            "amount_minor": came_minor,
            "taken_minor": taken_minor,
            "currency": made.basket.currency,
            "method": made.planned.method,
            "through": title_of(GATEWAY if made.planned.method == "gateway" else None),
            "payment_id": hyphened(payment),
            "number": made.number,
            "paid": taken_minor == made.basket.totals.total_minor,
            "flags": [],
        }
        who = SYSTEM if made.planned.method == "gateway" else self.books.owner
        for subject in (("payment", payment), made.subject):
            self.books.note(who, "payment_recorded", subject, made.client, ms, facts)

    def _attempt(self, made: Made, minor: int, ms: int) -> tuple[str, str]:
        """The customer's click two and a half minutes before. Returns our reference and the gateway's."""
        books, begun = self.books, ms - CHECKOUT_TAKES_MS
        attempt, bits = books.ids.text(begun), int(made.id, 16)
        reference = self.documents.secrets.letters(f"attempt {attempt}", REFERENCE_LENGTH)
        provider = str(bits % 10**10)
        link = token_hash(self.documents.token(made))
        email = f"payer{made.planned.client + 1}@mail.example"
        state = ("paid", f"https://checkout.paystack.example/{reference[:15]}", 1)
        times = (moments.stamp(begun), moments.stamp(ms))
        money = (reference, made.basket.currency, minor)
        books.sheets[Attempt].add((attempt, made.id, GATEWAY, "live", *money, email, link, *state, *times))
        books.sheets[AttemptRef].add((reference, attempt))
        spelled = hyphened(attempt)
        books.job_done("payments.open", f"open:{spelled}", {"attempt_id": spelled}, begun)
        planned = {"attempt_id": spelled, "planned": True}
        books.job_done("payments.verify", f"verify:{spelled}:0", planned, begun)
        return reference, provider
