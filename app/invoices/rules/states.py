"""Status, payment state and the badge, and the table of moves from one status to another."""

from datetime import date
from typing import Literal, NamedTuple, cast, get_args

from app.errors import Conflict

Status = Literal["draft", "open", "void", "written_off"]
PaymentState = Literal["unpaid", "part_paid", "paid"]
State = Literal["void", "written_off", "draft", "paid", "overdue", "part_paid", "open"]

STATUSES: tuple[Status, ...] = get_args(Status)


class WrongState(Conflict):
    """This document is not in a state that allows that."""


class Move(NamedTuple):
    """From which statuses a verb may be done, and the status it leads to."""

    sources: tuple[Status, ...]
    target: Status


MOVES: dict[str, Move] = {
    "issue": Move(("draft",), "open"),
    "void": Move(("open",), "void"),
    "write_off": Move(("open",), "written_off"),
    "recover": Move(("written_off",), "open"),
}

_STATUS_WORDS: dict[str, str] = {
    "draft": "still a draft",
    "open": "already issued",
    "void": "void",
    "written_off": "written off",
}
_VERB_WORDS = {"issue": "issued", "void": "voided", "write_off": "written off", "recover": "recovered"}


def move(status: str, verb: str) -> Status:
    """The status after `verb`. Raises WrongState (its `current` is the status), KeyError for a verb nobody defined."""
    allowed = MOVES[verb]
    if status not in allowed.sources:
        stands = _STATUS_WORDS.get(status, status)
        done = _VERB_WORDS.get(verb, verb.replace("_", " "))
        raise WrongState(f"This document is {stands}, so it cannot be {done}.", current=status)
    return allowed.target


def stage(status: str, balance_minor: int) -> str:
    """Where a document stands in lists and totals: its status, but "owed" or "paid" (by its balance) when open."""
    if status != "open":
        return status
    return "owed" if balance_minor > 0 else "paid"


def payment_state(total_minor: int, balance_minor: int) -> PaymentState:
    """How much of the total (minor units) has come in. Nothing left to pay is paid, a zero total included."""
    if balance_minor <= 0:
        return "paid"
    return "part_paid" if balance_minor < total_minor else "unpaid"


def is_overdue(status: str, balance_minor: int, due: date | None, today: date) -> bool:
    """Open, with a balance, and due before `today`, which is a date in the business's time zone."""
    return status == "open" and balance_minor > 0 and due is not None and due < today


def state(status: str, total_minor: int, balance_minor: int, due: date | None, today: date) -> State:
    """The badge: the first that holds of void, written_off, draft, paid, overdue, part_paid, open."""
    if status != "open":
        return cast(State, status)
    paid = payment_state(total_minor, balance_minor)
    if paid == "paid":
        return "paid"
    if is_overdue(status, balance_minor, due, today):
        return "overdue"
    return "part_paid" if paid == "part_paid" else "open"
