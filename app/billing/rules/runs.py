"""Billing runs with pencil and paper: their states, what is odd about a period, and what becomes of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from app.errors import Conflict, Invalid

RunState = Literal[
    "planning", "review", "approved", "posting", "posted", "sent", "reversing", "reversed", "discarded"
]  # fmt: skip
STATES: tuple[RunState, ...] = get_args(RunState)
MOVING: tuple[RunState, ...] = ("planning", "approved", "posting", "reversing")
"""States in which a job is at work, so that a page looks again."""
MOVES: dict[str, dict[str, RunState]] = {
    "show": {"planning": "review"},
    "plan_again": {"review": "planning"},
    "decide": {"review": "review"},
    "approve": {"review": "approved"},
    "discard": {"planning": "discarded", "review": "discarded"},
    "post": {"approved": "posting", "posting": "posting"},
    "finish": {"posting": "posted"},
    "send": {"posted": "sent", "sent": "sent"},
    "reverse": {"posted": "reversing"},
    "undo": {"reversing": "reversing"},
    "undone": {"reversing": "reversed"},
}
"""{verb: {state it is allowed in: state it leads to}}."""
_STANDS: dict[str, str] = {
    "planning": "still being planned",
    "review": "waiting for approval",
    "approved": "approved",
    "posting": "being posted",
    "posted": "posted",
    "sent": "posted and its messages have begun to leave",
    "reversing": "being reversed",
    "reversed": "reversed",
    "discarded": "discarded",
}
_DONE = {
    "plan_again": "planned again",
    "decide": "changed",
    "approve": "approved",
    "discard": "discarded",
    "reverse": "reversed",
}

Missed = Literal["all", "latest", "ask"]
Does = Literal["bill", "skip", "leave"]
Odd = Literal[
    "", "suspended", "jump", "missed", "unreachable", "price", "runaway", "parked", "reversed", "left_out"
]  # fmt: skip
ODD: tuple[Odd, ...] = get_args(Odd)
DECISIONS: dict[str, Does | None] = {"leave_out": "leave", "bill": "bill", "right": None, "skip": "skip", "": None}
"""What staff may decide about an odd one, and what is then done with it; None: what would be done by itself."""
SHOWN = ("new", "gone", "changed", "same", "out")
"""As what an entry counts: its kind where it is billed, else "gone", or "out" where nothing was billed before."""
STANDING = ("planned", "discarded", "posted", "sent", "reversed", "stays")
"""States of an entry in which, if it is to be billed, it is or would be on an invoice."""
SUSPENDED = "Suspended"
"""How the reason begins of a period that the policy does not bill because it was suspended."""
NEVER = "Somebody decided never to bill it."
"""The reason of a period that a person decided so of, whatever the policy says."""
PART = "Part of a period"
"""How the reasons of an amount begin that is not for a whole period."""
BIG_CHANGE = 25
"""Percent of the last bill from which on a change is odd."""


class WrongRun(Conflict):
    """This billing run is not in a state that allows that."""


@dataclass(frozen=True, slots=True)
class PolicyValues:
    """How a business wants to be billed for; see `models.runs.BillingPolicy`."""

    review_days: int = 0
    approve_alone: bool = True
    hold_hours: int = 0
    missed: str = "all"
    bill_suspended: bool = False

    def check(self) -> None:
        """Raises Invalid naming the field."""
        if not 0 <= self.review_days <= 30:
            raise Invalid("review_days", "Choose 0 to 30 days.")
        if not 0 <= self.hold_hours <= 72:
            raise Invalid("hold_hours", "Choose 0 to 72 hours.")
        if self.missed not in get_args(Missed):
            raise Invalid("missed", "Choose what becomes of missed periods.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is odd about a period, in a word and in a sentence, and what is done with it unless somebody decides."""

    odd: Odd = ""
    words: str = ""
    does: Does = "bill"


def skipped_by_policy(reason: str) -> bool:
    """Whether a period was skipped because it was suspended, and not because somebody decided so."""
    return reason.startswith(SUSPENDED)


def move(now: str, verb: str) -> RunState:
    """The state of a run after `verb`. Raises WrongRun (its `current` is the state), KeyError for an unknown verb."""
    targets = MOVES[verb]
    if now not in targets:
        done = _DONE.get(verb, "taken further")
        raise WrongRun(f"This billing run is {_STANDS[now]}, so it cannot be {done}.", current=now)
    return targets[now]


def decided(decision: str, by_itself: str, odd: str) -> Does:
    """What is done with a period after a decision. Raises Invalid for one that is none, or that cannot be kept."""
    if decision not in DECISIONS:
        raise Invalid("decision", "Choose what becomes of it.")
    does = DECISIONS[decision] or by_itself
    if odd == "price" and does == "bill":
        raise Invalid("decision", "It has no price, so it cannot be billed. Give it one and plan again.")
    return does  # type: ignore[return-value]


def is_jump(now_minor: int, before_minor: int) -> bool:
    """Whether an amount differs from the one before it by so much that somebody should look."""
    return before_minor > 0 and abs(now_minor - before_minor) * 100 >= BIG_CHANGE * before_minor


def kind_of(now_minor: int, before_minor: int | None) -> str:
    """How a period compares with the last billed one: "new", "same" or "changed"."""
    if before_minor is None:
        return "new"
    return "same" if now_minor == before_minor else "changed"


def stands(state: str, does: str) -> bool:
    """Whether an entry is, or is going to be, on an invoice."""
    return does == "bill" and state in STANDING


def shown(kind: str, state: str, does: str) -> str:
    """As what an entry counts, one of SHOWN."""
    if stands(state, does):
        return kind
    return "out" if kind == "new" else "gone"


def change_words(now_minor: int, before_minor: int) -> str:
    """How far an amount moved: "a quarter more", "40 % less"."""
    if not before_minor:
        return "more"
    percent = round(abs(now_minor - before_minor) * 100 / before_minor)
    much = {25: "a quarter", 50: "half as much", 100: "twice as much"}.get(percent, f"{percent} %")
    if now_minor > before_minor:
        return much if percent == 100 else f"{much} more"
    return f"{'half' if percent == 50 else much} less"


def noted(values: PolicyValues) -> dict[str, Any]:
    """A policy as it is written on a run."""
    return {
        "review_days": values.review_days,
        "approve_alone": values.approve_alone,
        "hold_hours": values.hold_hours,
        "missed": values.missed,
        "bill_suspended": values.bill_suspended,
    }
