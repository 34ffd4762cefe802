"""The demo bank's test cards, and those that customers let it keep."""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Final

from app.payments.gateways.cards import SavedAuthorization
from app.payments.gateways.demo_file import DemoFile


@dataclass(frozen=True, slots=True)
class Card:
    """A test card: what the page calls it, its last digits, and what happens when it is charged again."""

    title: str
    last4: str
    again: str


CARDS: Final = {
    "good": Card("A card that always works", "4081", "paid"),
    "declined": Card("A card that is declined when it is charged again", "5408", "failed"),
    "asks": Card("A card whose bank asks the customer each time", "4796", "paused"),
    "tired": Card("A card that failed too often and has to rest for a day", "0341", "deferred"),
}
"""Every one of them pays when the customer is there. They differ when they are charged again."""

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS saved_card (code TEXT PRIMARY KEY, account TEXT NOT NULL, email TEXT NOT NULL,"
    " card TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 1)",
    "CREATE TABLE IF NOT EXISTS card_use (reference TEXT PRIMARY KEY, wanted INTEGER NOT NULL DEFAULT 0,"
    " card TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '')",
)


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card the bank keeps for one business and one customer."""

    code: str
    account: str
    email: str
    card: str

    @property
    def kind(self) -> Card:
        """Which test card it is."""
        return CARDS[self.card]

    def described(self) -> SavedAuthorization:
        """The authorization as the business is told of it."""
        mark = hashlib.sha256(f"{self.account}:{self.email}:{self.card}".encode()).hexdigest()
        return SavedAuthorization(
            code=self.code,
            email=self.email,
            signature=f"SIG_{mark[:20]}",
            brand="demo",
            last4=self.kind.last4,
            exp_month=12,
            exp_year=2040,
            channel="card",
            bank="Demo bank",
            reusable=True,
        )


class DemoCards(DemoFile):
    """Which payment was made with which card, and the cards that may be charged again."""

    schema = _SCHEMA

    def want(self, reference: str) -> None:
        """Note that the business asked for a card it may charge again."""
        with self._connection() as connection:
            connection.execute("INSERT OR IGNORE INTO card_use (reference, wanted) VALUES (?, 1)", (reference,))

    def is_wanted(self, reference: str) -> bool:
        """Whether the business asked for a card it may charge again."""
        with self._connection() as connection:
            row = connection.execute("SELECT wanted FROM card_use WHERE reference = ?", (reference,)).fetchone()
        return bool(row and row[0])

    def keep(self, reference: str, account: str, email: str, card: str) -> SavedCard:
        """Keep the card a payment is made with, because the customer allowed it. Raises KeyError for no such card."""
        if card not in CARDS:
            raise KeyError(card)
        code = f"AUTH_{secrets.token_urlsafe(12)}"
        saved = SavedCard(code, account, email, card)
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO saved_card (code, account, email, card) VALUES (?, ?, ?, ?)", (code, account, email, card)
            )
            _use(connection, reference, saved)
        return saved

    def use(self, reference: str, saved: SavedCard) -> None:
        """Note that a payment is made with a card that is kept already."""
        with self._writing() as connection:
            _use(connection, reference, saved)

    def used_for(self, reference: str) -> SavedCard | None:
        """The kept card a payment was made with; None if none was kept."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT s.code, s.account, s.email, s.card FROM card_use u JOIN saved_card s ON s.code = u.code"
                " WHERE u.reference = ?",
                (reference,),
            ).fetchone()
        return SavedCard(*row) if row else None

    def find(self, account: str, code: str) -> SavedCard | None:
        """A card this business may still charge."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT code, account, email, card FROM saved_card WHERE code = ? AND account = ? AND active",
                (code, account),
            ).fetchone()
        return SavedCard(*row) if row else None

    def forget(self, account: str, code: str) -> None:
        """Never charge this card again."""
        with self._connection() as connection:
            connection.execute("UPDATE saved_card SET active = 0 WHERE code = ? AND account = ?", (code, account))


def _use(connection: sqlite3.Connection, reference: str, saved: SavedCard) -> None:
    connection.execute(
        "INSERT INTO card_use (reference, card, code) VALUES (?, ?, ?)"
        " ON CONFLICT (reference) DO UPDATE SET card = excluded.card, code = excluded.code",
        (reference, saved.card, saved.code),
    )
