"""Disputes at the demo bank, raised and decided from its own page by whoever tries Duely out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from app.payments.gateways import reading
from app.payments.gateways.demo_file import NOW, DemoFile
from app.payments.gateways.demo_store import Page
from app.payments.gateways.moneyback import Dispute, DisputeState, Resolution

DAYS_TO_ANSWER: Final = 3
DECISIONS: Final[dict[str, Resolution]] = {"customer": "accepted", "business": "declined"}

_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS dispute (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'awaiting_us',
    resolution TEXT,
    opened_at REAL NOT NULL DEFAULT ({NOW}),
    resolved_at REAL
)"""
_COLUMNS: Final = "id, reference, account, currency, amount_minor, state, resolution, opened_at, resolved_at"


@dataclass(frozen=True, slots=True)
class DemoDispute:
    """One dispute, over all of a payment. `amount_minor` in minor units of `currency`."""

    id: int
    reference: str
    account: str
    currency: str
    amount_minor: int
    state: DisputeState
    resolution: Resolution | None
    opened_at: float
    resolved_at: float | None

    def described(self) -> Dispute:
        """The dispute as the business is told of it."""
        return Dispute(
            state=self.state,
            provider_id=str(self.id),
            payment_reference=self.reference,
            amount_minor=self.amount_minor,
            currency=self.currency,
            category="demo",
            due_at=datetime.fromtimestamp(self.opened_at + DAYS_TO_ANSWER * 24 * 60 * 60, UTC),
            opened_at=datetime.fromtimestamp(self.opened_at, UTC),
            resolved_at=None if self.resolved_at is None else datetime.fromtimestamp(self.resolved_at, UTC),
            resolution=self.resolution,
        )


class DemoDisputes(DemoFile):
    """Disputes, one at most for each payment."""

    schema = (_SCHEMA,)

    def open(self, page: Page) -> bool:
        """Dispute a payment. False if it was disputed before or nothing was paid."""
        if page.state != "paid":
            return False
        row = (page.reference, page.account, page.currency, page.paid_minor)
        with self._connection() as connection:
            cursor = connection.execute(
                "INSERT OR IGNORE INTO dispute (reference, account, currency, amount_minor) VALUES (?, ?, ?, ?)", row
            )
        return cursor.rowcount == 1

    def decide(self, reference: str, decision: str) -> bool:
        """Decide for the "customer" or the "business". False if there is nothing to decide. Raises KeyError."""
        with self._connection() as connection:
            cursor = connection.execute(
                f"UPDATE dispute SET state = 'resolved', resolution = ?, resolved_at = {NOW}"  # noqa: S608 - a constant
                " WHERE reference = ? AND state != 'resolved'",
                (DECISIONS[decision], reference),
            )
        return cursor.rowcount == 1

    def about(self, reference: str) -> DemoDispute | None:
        """The dispute over a payment."""
        return self._read("reference = ?", reference)

    def find(self, account: str, number: str) -> DemoDispute | None:
        """One dispute of a business."""
        return self._read("account = ? AND id = ?", account, reading.whole(number))

    def _read(self, condition: str, *values: object) -> DemoDispute | None:
        with self._connection() as connection:
            query = f"SELECT {_COLUMNS} FROM dispute WHERE {condition}"  # noqa: S608 - constants of this module
            row = connection.execute(query, values).fetchone()
        return DemoDispute(*row) if row else None
