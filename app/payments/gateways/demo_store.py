"""The payment pages of the demo bank, in the SQLite file that stands for another company's computers."""

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Final

from app.payments.gateways.demo_file import NOW, DemoFile

LATER_SECONDS: Final = 4.0
OUTCOMES: Final = ("succeed", "less", "more", "later", "fail", "abandon")

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS payment_page (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    nonce TEXT NOT NULL,
    currency TEXT NOT NULL,
    asked_minor INTEGER NOT NULL,
    email TEXT NOT NULL,
    description TEXT NOT NULL,
    callback_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    webhook_url TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    paid_minor INTEGER,
    paid_at REAL
)"""
_COLUMNS: Final = (
    "id, reference, account, nonce, currency, asked_minor, email, description, callback_url, cancel_url, webhook_url,"
    f" CASE WHEN state = 'paid' AND paid_at > {NOW} THEN 'later' ELSE state END, paid_minor, paid_at"
)


@dataclass(frozen=True, slots=True)
class Page:
    """One payment page. Amounts in minor units; `paid_at`, when the choice takes effect, in Unix seconds.

    `state`: open, abandoned (both can still be paid), later (money on its way), paid, failed.
    `account` is the secret key of the business: it opens the account and signs the notices.
    """

    id: int
    reference: str
    account: str
    nonce: str
    currency: str
    asked_minor: int
    email: str
    description: str
    callback_url: str
    cancel_url: str
    webhook_url: str
    state: str
    paid_minor: int | None
    paid_at: float | None

    @property
    def payable(self) -> bool:
        """Whether the customer can still decide."""
        return self.state in ("open", "abandoned")

    @property
    def less_minor(self) -> int:
        """What somebody who pays too little pays: half, at least one minor unit."""
        return max(self.asked_minor // 2, 1)

    @property
    def more_minor(self) -> int:
        """What somebody who pays too much pays: a tenth on top, at least one minor unit."""
        return self.asked_minor + max(self.asked_minor // 10, 1)


class ReferenceTaken(Exception):
    """There is a payment page with this reference already."""


class DemoStore(DemoFile):
    """Payment pages."""

    schema = (_SCHEMA,)

    def open_page(
        self,
        *,
        reference: str,
        account: str,
        currency: str,
        asked_minor: int,
        email: str,
        description: str,
        callback_url: str,
        cancel_url: str,
        webhook_url: str,
    ) -> None:
        """Make a payment page. Raises ReferenceTaken."""
        row = (reference, account, secrets.token_urlsafe(24), currency, asked_minor, email, description)
        try:
            with self._connection() as connection:
                connection.execute(
                    "INSERT INTO payment_page (reference, account, nonce, currency, asked_minor, email, description,"
                    " callback_url, cancel_url, webhook_url) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*row, callback_url, cancel_url, webhook_url),
                )
        except sqlite3.IntegrityError:
            raise ReferenceTaken from None

    def find_page(self, reference: str) -> Page | None:
        """The page with that reference, as it is at this moment."""
        with self._connection() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM payment_page WHERE reference = ?",  # noqa: S608 - constants of this module
                (reference,),
            ).fetchone()
        return Page(*row) if row else None

    def settle(self, page: Page, outcome: str, later_seconds: float = LATER_SECONDS) -> bool:
        """Let the customer's choice happen. False when `page` is settled already: a double click does nothing.

        Raises KeyError for an outcome that is not one of OUTCOMES.
        """
        state, paid = _effects(page)[outcome]
        delay = later_seconds if outcome == "later" else 0.0
        with self._connection() as connection:
            cursor = connection.execute(
                f"UPDATE payment_page SET state = ?, paid_minor = ?, paid_at = {NOW} + ?"  # noqa: S608 - a constant
                " WHERE id = ? AND state IN ('open', 'abandoned')",
                (state, paid, delay, page.id),
            )
        return cursor.rowcount == 1


def _effects(page: Page) -> dict[str, tuple[str, int | None]]:
    """For each outcome the state that is stored and the amount that comes, in minor units."""
    return {
        "succeed": ("paid", page.asked_minor),
        "less": ("paid", page.less_minor),
        "more": ("paid", page.more_minor),
        "later": ("paid", page.asked_minor),
        "fail": ("failed", None),
        "abandon": ("abandoned", None),
    }
