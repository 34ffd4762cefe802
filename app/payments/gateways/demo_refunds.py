"""Refunds of the demo bank: pending, then processing, then processed, all by themselves.

The last two digits of the amount decide: one that ends in 13 fails, one that ends in 14 needs a bank account.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from app.payments.gateways import reading
from app.payments.gateways.demo_file import NOW, DemoFile
from app.payments.gateways.demo_store import Page
from app.payments.gateways.moneyback import RefundAnswer, RefundState

FAILS: Final = 13
NEEDS_ATTENTION: Final = 14

_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS refund (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    note TEXT NOT NULL,
    fate TEXT NOT NULL,
    made_at REAL NOT NULL DEFAULT ({NOW}),
    begun_at REAL NOT NULL DEFAULT ({NOW}),
    seconds REAL NOT NULL
)"""
_STATE: Final = (
    f"CASE WHEN {NOW} >= begun_at + seconds THEN fate WHEN {NOW} >= begun_at + seconds / 2 THEN 'processing'"
    " ELSE 'pending' END"
)
_WORDS: Final[dict[RefundState, str]] = {
    "pending": "The demo bank has taken the refund on.",
    "processing": "The demo bank is working on the refund.",
    "processed": "The demo bank has given the money back.",
    "failed": f"The demo bank fails every refund that ends in {FAILS}. The money stays here.",
    "needs_attention": f"The demo bank wants a bank account for every refund that ends in {NEEDS_ATTENTION}.",
    "unknown": "",
}


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund. `amount_minor` in minor units of `currency`; `fate` is the state it ends in."""

    id: int
    reference: str
    account: str
    currency: str
    amount_minor: int
    note: str
    fate: RefundState
    made_at: float
    state: RefundState

    def described(self) -> RefundAnswer:
        """The refund as the business is told of it."""
        return RefundAnswer(
            state=self.state,
            payment_reference=self.reference,
            provider_id=str(self.id),
            amount_minor=self.amount_minor,
            currency=self.currency,
            reason=_WORDS[self.state],
            note=self.note,
            created_at=datetime.fromtimestamp(self.made_at, UTC),
        )


class TooMuch(Exception):
    """More would be given back than was paid."""


class DemoRefunds(DemoFile):
    """Refunds, oldest first."""

    schema = (_SCHEMA,)

    def add(self, page: Page, amount_minor: int, note: str, seconds: float) -> Refund:
        """Begin a refund that takes so many seconds. Raises TooMuch."""
        fates: dict[int, RefundState] = {FAILS: "failed", NEEDS_ATTENTION: "needs_attention"}
        fate = fates.get(amount_minor % 100, "processed")
        with self._writing() as connection:
            (given,) = connection.execute(
                f"SELECT coalesce(sum(amount_minor), 0) FROM refund WHERE reference = ? AND {_STATE} != 'failed'",  # noqa: S608 - a constant
                (page.reference,),
            ).fetchone()
            if given + amount_minor > (page.paid_minor or 0):
                raise TooMuch
            row = (page.reference, page.account, page.currency, amount_minor, note, fate, seconds)
            cursor = connection.execute(
                "INSERT INTO refund (reference, account, currency, amount_minor, note, fate, seconds)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            number = cursor.lastrowid
        return self._read("id = ?", number)[0]

    def find(self, account: str, number: str) -> Refund | None:
        """One refund of a business."""
        found = self._read("account = ? AND id = ?", account, reading.whole(number))
        return found[0] if found else None

    def of(self, account: str, reference: str) -> list[Refund]:
        """All refunds of one payment."""
        return self._read("account = ? AND reference = ?", account, reference)

    def send_to_account(self, refund: Refund) -> bool:
        """Begin again with a bank account. False unless the refund waits for one."""
        with self._connection() as connection:
            cursor = connection.execute(
                f"UPDATE refund SET fate = 'processed', begun_at = {NOW} WHERE id = ? AND {_STATE} = 'needs_attention'",  # noqa: S608 - a constant
                (refund.id,),
            )
        return cursor.rowcount == 1

    def _read(self, condition: str, *values: object) -> list[Refund]:
        with self._connection() as connection:
            rows = connection.execute(
                f"SELECT id, reference, account, currency, amount_minor, note, fate, made_at, {_STATE} FROM refund"  # noqa: S608 - constants of this module
                f" WHERE {condition} ORDER BY id",
                values,
            ).fetchall()
        return [Refund(*row) for row in rows]
