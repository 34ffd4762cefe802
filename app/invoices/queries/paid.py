"""What was paid or credited on a document, as the rooms above tell it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from app.money import Money

CREDIT_NOTE = "credit_note"
"""The method of what was settled by a credit note; its number is the reference then."""


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A payment or a credit note as it stands on the document; `by_hand` says that staff wrote it down, `through` names
    the company that brought it otherwise, and `paid_with` is how the customer paid there ("Card ending 4081").

    `booked_at` is when we heard of it; `whole` that nothing but this document was settled with it; `came` is all of the
    money and `back` what of it was given back; `corrects` says that it is a credit note over this very document, and
    not credit that came from elsewhere.
    """

    source_id: uuid.UUID
    method: str
    reference: str
    on: date
    amount: Money
    by_hand: bool = False
    through: str = ""
    paid_with: str = ""
    booked_at: datetime | None = None
    whole: bool = False
    came: Money | None = None
    back: Money | None = None
    corrects: bool = False

    @property
    def entire(self) -> bool:
        """Whether nothing of it is anywhere else."""
        return self.came is None or self.came == self.amount

    @property
    def credit_note(self) -> str:
        """The number of the credit note that settled this part; empty for money."""
        return self.reference if self.method == CREDIT_NOTE else ""
