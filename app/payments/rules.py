"""What a gateway's answer means for our books: pure decisions, no database, clock or network."""

import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, Protocol

State = Literal["succeeded", "failed", "pending", "paused", "abandoned", "unknown"]
Mode = Literal["test", "live"]
Kind = Literal["post", "wait", "fail", "quarantine"]

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
REFERENCE_LENGTH: Final = 26

_DAY: Final = 24 * 60 * 60
RETRY_AFTER: Final[tuple[int, ...]] = (30, 5 * 60, 60 * 60, _DAY, _DAY, _DAY, _DAY, _DAY)
"""Seconds to wait before an unclear answer is asked for again; past the end a person has to look."""

OPEN_FOR: Final = timedelta(hours=2)
"""How long a checkout that was started counts as being under way."""

CHARGE_DAYS: Final[tuple[int, ...]] = (0, 2, 5)
"""Days after its first try on which a saved card is tried again when it was declined; past the end it is given up."""

FORGOTTEN_AFTER: Final = timedelta(hours=1)
"""How long a payment company must have known nothing of a charge before it counts as never asked for."""

NEEDS_YOU_FOR: Final = timedelta(days=60)
"""How long an online payment that did not come to an end is shown to staff."""

DECLINED: Final = "The gateway says this payment failed."
NO_CLEAR_ANSWER: Final = "The gateway gave no clear answer."
ON_ITS_WAY: Final = "The payment is still on its way."
LEFT: Final = "The customer left the checkout page and did not come back."
NEVER_ASKED: Final = "The payment company never heard of this charge."
NOT_CONFIRMED: Final = "The customer did not confirm this at the bank."

_REFERENCE = re.compile(rf"[{ALPHABET}]{{{REFERENCE_LENGTH}}}")


def new_reference() -> str:
    """A payment reference nobody can guess: 26 letters and digits (130 bits), which every gateway accepts."""
    return "".join(secrets.choice(ALPHABET) for _ in range(REFERENCE_LENGTH))


def receipt_number(payment_id: uuid.UUID) -> str:
    """What a receipt is called: the end of its payment's id, which is enough to find it again."""
    return f"R-{payment_id.hex[-10:].upper()}"


_CHANNELS: Final = {
    "bank": "Bank account",
    "bank_transfer": "Bank transfer",
    "dedicated_nuban": "Bank transfer",
    "demo": "Demo bank",
    "eft": "Bank transfer",
    "qr": "QR code",
    "ussd": "USSD",
}


def paid_with(channel: str | None, last4: str | None = None) -> str:
    """How the customer paid at the gateway, for both sides to read: "Card ending 4081", "Bank transfer"; may be empty.

    `channel` is the gateway's word for it, `last4` the end of the card's number.
    """
    words = (channel or "").strip()
    if words == "card" and last4:
        return f"Card ending {last4}"
    return _CHANNELS.get(words, words.replace("_", " ").capitalize())


def is_our_reference(text: object) -> bool:
    """Whether `text` has the shape of a reference made by `new_reference`; it may still not exist."""
    return isinstance(text, str) and _REFERENCE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """What we stored before the customer left for the gateway; `amount_minor` is in minor units of `currency`."""

    reference: str
    amount_minor: int
    currency: str
    mode: Mode


class VerificationFacts(Protocol):
    """The part of a gateway's answer that decides; None means the gateway did not say."""

    @property
    def state(self) -> State: ...
    @property
    def reference(self) -> str | None: ...
    @property
    def amount_minor(self) -> int | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def mode(self) -> Mode | None: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about a verified attempt.

    post: book `amount_minor`, the money that really came. wait: nothing is known yet, ask again. fail: this
    try is over (a later success still posts). quarantine: real money we must not book; show it to staff.
    `flags` say what differs: "less", "more", "reference", "currency", "mode". `reason` is a sentence for staff.
    """

    kind: Kind
    amount_minor: int = 0
    flags: tuple[str, ...] = ()
    reason: str = ""


_WAITING: Final[dict[str, str]] = {
    "pending": ON_ITS_WAY,
    "paused": "The customer has to confirm the payment at the bank.",
    "abandoned": "The customer left the checkout page and may still come back.",
    "unknown": NO_CLEAR_ANSWER,
}


def decide(attempt: AttemptFacts, verification: VerificationFacts) -> Decision:
    """Hold a gateway's answer against the attempt we stored, never against the balance.

    An abandoned checkout is not over: the customer can come back to the same page and pay.
    """
    if verification.state == "succeeded":
        return _decide_success(attempt, verification)
    if verification.state == "failed" and verification.reference in (None, attempt.reference):
        return Decision("fail", reason=DECLINED)
    return Decision("wait", reason=_WAITING.get(verification.state, _WAITING["unknown"]))


def _decide_success(attempt: AttemptFacts, answer: VerificationFacts) -> Decision:
    amount = answer.amount_minor
    if amount is None or amount <= 0 or not answer.reference or not answer.currency or not answer.mode:
        return Decision("wait", reason="The gateway reports success but leaves out what was paid.")
    differences = _strange(attempt, answer)
    if differences:
        reasons = " ".join(sentence for _, sentence in differences)
        return Decision("quarantine", amount, tuple(flag for flag, _ in differences), reasons)
    if amount < attempt.amount_minor:
        return Decision("post", amount, ("less",), "Less was paid than was asked for.")
    if amount > attempt.amount_minor:
        return Decision("post", amount, ("more",), "More was paid than was asked for.")
    return Decision("post", amount)


def _strange(attempt: AttemptFacts, answer: VerificationFacts) -> list[tuple[str, str]]:
    """Each way in which the answer is about something other than the attempt: (flag, sentence)."""
    found = []
    if answer.reference != attempt.reference:
        found.append(("reference", "The gateway answered about another reference."))
    if answer.currency != attempt.currency:
        found.append(("currency", f"Paid in {answer.currency}, asked for in {attempt.currency}."))
    if answer.mode != attempt.mode:
        found.append(("mode", f"Paid in {answer.mode} mode, asked for in {attempt.mode} mode."))
    return found


def allocate(amount_minor: int, balance_minor: int) -> tuple[int, int]:
    """Split a payment into (for the invoice, for the client's credit), in minor units of one currency.

    `balance_minor` is what the invoice still owes now; pass 0 for a void or settled one. Raises ValueError
    for a payment that is not positive.
    """
    if amount_minor <= 0:
        raise ValueError("a payment is a positive amount")
    allocated = min(amount_minor, max(balance_minor, 0))
    return allocated, amount_minor - allocated


def oldest_first(amount_minor: int, balances: Sequence[int]) -> list[int]:
    """What each invoice gets of a payment when they are settled in their order, in minor units of one currency.

    Each gets what it needs while there is any left; what nobody needs is not part of the result. Raises ValueError for
    a payment that is not positive.
    """
    shares, left = [], amount_minor
    for balance in balances:
        share = allocate(left, balance)[0] if left or amount_minor <= 0 else 0
        shares.append(share)
        left -= share
    return shares


def given_up(missing_minor: int, settled: Sequence[int]) -> list[int]:
    """What each settled invoice loses of a payment so that so much of it is free again, in minor units of one currency.

    The last one loses first, an earlier one only what is still missing then. Not more is lost than they have.
    """
    losses = []
    for amount in reversed(settled):
        loss = min(amount, max(missing_minor, 0))
        losses.append(loss)
        missing_minor -= loss
    return losses[::-1]


@dataclass(frozen=True, slots=True)
class Tried:
    """One charge of a saved card: what became of it, the day it was made, and when the company allows the next."""

    state: str
    on: date
    retry_at: datetime | None = None


def next_charge(tries: Sequence[Tried], today: date, now: datetime) -> int | None:
    """Which try of the schedule is due, counted from 0; None when it is too early, given up, or not ours to repeat.

    `tries` are all charges of one card for one invoice, oldest first. Only a declined one is followed by another:
    one that succeeded, waits, was refused for good or has to be confirmed by the customer ends the schedule.
    """
    if any(one.state != "failed" for one in tries) or len(tries) >= len(CHARGE_DAYS):
        return None
    if not tries:
        return 0
    if (wait := tries[-1].retry_at) is not None and now < wait:
        return None
    return len(tries) if today >= tries[0].on + timedelta(days=CHARGE_DAYS[len(tries)]) else None


def charge_given_up(state: str, step: int | None) -> bool:
    """Whether a charge of a saved card ended without money and no other follows by itself.

    `step` is that of the schedule; None when staff asked for the charge.
    """
    return state == "refused" or (state == "failed" and (step is None or step >= len(CHARGE_DAYS) - 1))


_TROUBLE: Final = {
    DECLINED: "card_declined",
    NEVER_ASKED: "card_never_asked",
    NOT_CONFIRMED: "card_not_confirmed",
}


def card_trouble(state: str, reason: str) -> str:
    """The phrase that tells the one whose card it is why it was not charged; `reason` is what staff read."""
    if state == "paused":
        return "card_paused"
    return _TROUBLE.get(reason) or ("card_refused" if state == "refused" else "card_unpaid")


def consent_words(business: str, when: str) -> str:
    """What a customer agrees to who lets a business keep the card; `when` is "due" or "issue"."""
    day = "on the day each is due" if when == "due" else "as soon as each is issued"
    return f"Keep this card and pay future invoices from {business} automatically, {day}. I can remove it at any time."


def expired(month: int | None, year: int | None, today: date) -> bool:
    """Whether a card's last month is over; a card that does not say has none."""
    return month is not None and year is not None and (year, month) < (today.year, today.month)


def deadline_words(due_on: date | None, today: date) -> str:
    """Until when a dispute has to be answered: "answer by Tue 2 Dec, 4 days left"."""
    if due_on is None:
        return "waits for an answer"
    day = f"{due_on:%a} {due_on.day} {due_on:%b}" + (f" {due_on.year}" if due_on.year != today.year else "")
    left = (due_on - today).days
    if left < 0:
        return f"the answer was due on {day}"
    return f"answer by {day}, " + ("today" if not left else "1 day left" if left == 1 else f"{left} days left")
