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
    "pay": Move(("open",), "open"),
    "credit": Move(("open",), "open"),
    "revise": Move(("open",), "open"),
}

_STATUS_WORDS: dict[str, str] = {
    "draft": "still a draft",
    "open": "already issued",
    "void": "void",
    "written_off": "written off",
}
_VERB_WORDS = {
    "issue": "issued",
    "void": "voided",
    "write_off": "written off",
    "recover": "recovered",
    "pay": "paid",
    "credit": "credited",
    "revise": "revised",
}
# Where the plain sentence would say the same twice, or hide what can be done instead.
_SENTENCES = {
    ("open", "recover"): "This document is not written off, so there is nothing to recover.",
    ("written_off", "write_off"): "This document is written off already.",
    ("written_off", "void"): "This document is written off. Recover it first, then void it.",
    ("written_off", "pay"): "This document is written off. Recover it first, then record the money.",
    ("written_off", "credit"): "This document is written off. Recover it first, then credit it.",
    ("written_off", "revise"): "This document is written off. Recover it first, then revise it.",
    ("draft", "pay"): "This document is still a draft: issue it before money is recorded for it.",
    ("draft", "credit"): "This document is still a draft, so it is edited and not credited.",
    ("draft", "revise"): "This document is still a draft, so it is edited and not revised.",
}


def move(status: str, verb: str) -> Status:
    """The status after `verb`. Raises WrongState (its `current` is the status), KeyError for a verb nobody defined."""
    allowed = MOVES[verb]
    if status not in allowed.sources:
        stands = _STATUS_WORDS.get(status, status)
        done = _VERB_WORDS.get(verb, verb.replace("_", " "))
        plain = f"This document is {stands}, so it cannot be {done}."
        raise WrongState(_SENTENCES.get((status, verb), plain), current=status)
    return allowed.target


def write_off_move(status: str, balance_minor: int) -> Status:
    """The status after writing off what is owed (minor units). Raises WrongState, also when nothing is owed."""
    target = move(status, "write_off")
    if balance_minor <= 0:
        raise WrongState("This document is paid, so there is nothing to write off.", current=status)
    return target


def refuse_written_off(status: str, number: str | None, then: str) -> None:
    """Raise WrongState for a written off document: it is recovered first, `then` what was asked for is done."""
    if status == "written_off":
        raise WrongState(f"{number} is written off. Recover it first, then {then}.", current=status)


def stage(status: str, balance_minor: int) -> str:
    """Where a document stands in lists and totals: its status, but "owed" or "paid" (by its balance) when open."""
    if status != "open":
        return status
    return "owed" if balance_minor > 0 else "paid"


def payment_state(
    total_minor: int, balance_minor: int, written_off_minor: int = 0, status: str = "open"
) -> PaymentState:
    """How much of the total (minor units) has come in; what was written off has not, and on drafts and what is void
    nothing has.

    Nothing missing is paid, a zero total included.
    """
    if status in ("draft", "void"):
        return "unpaid"
    missing = balance_minor + written_off_minor
    if missing <= 0:
        return "paid"
    return "part_paid" if missing < total_minor else "unpaid"


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
