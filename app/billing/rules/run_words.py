"""How a billing run is shown: its state, how far it has come, and what may be decided on an odd one. Pure."""

from __future__ import annotations

from typing import NamedTuple

from app.billing.rules.runs import PART, RunState, shown

BADGES: dict[RunState, tuple[str, str]] = {
    "planning": ("part", "Being planned"),
    "review": ("soon", "Waiting for approval"),
    "approved": ("part", "Approved"),
    "posting": ("part", "Being posted"),
    "posted": ("paid", "Posted"),
    "sent": ("paid", "Messages out"),
    "reversing": ("part", "Being reversed"),
    "reversed": ("void", "Reversed"),
    "discarded": ("idle", "Discarded"),
}
"""The kind of ring and the word for each state."""
_TRACK = ("Planned", "Review", "Approved", "Posted", "Messages out")
_REACHED: dict[RunState, int] = {"planning": 0, "review": 1, "approved": 2, "posting": 3, "posted": 4, "sent": 5}
ENTRY_BADGES: dict[str, tuple[str, str]] = {
    "posted": ("paid", "Billed"),
    "sent": ("paid", "Billed"),
    "skipped": ("idle", "Not billed"),
    "left_out": ("waiting", "Left out"),
    "failed": ("failed", "Failed"),
    "parked": ("failed", "Parked"),
    "reversed": ("void", "Reversed"),
    "stays": ("over", "Not reversed"),
    "discarded": ("idle", "Discarded"),
}
"""What became of an entry."""
KIND_BADGES: dict[str, tuple[str, str]] = {
    "new": ("open", "New"),
    "gone": ("written_off", "Gone"),
    "changed": ("part", "Changed"),
    "same": ("idle", "Same"),
    "out": ("idle", "Not billed"),
}
DOTS: dict[str, tuple[str, str]] = {
    "suspended": ("is-over", "alert-triangle"),
    "jump": ("is-soon", "arrow-big-up-lines"),
    "missed": ("is-soon", "clock"),
    "unreachable": ("is-soon", "mail-off"),
    "price": ("is-over", "alert-circle"),
    "runaway": ("is-over", "alert-triangle"),
    "parked": ("is-over", "clock-pause"),
    "reversed": ("is-soon", "arrow-back-up"),
    "left_out": ("is-soon", "clock-pause"),
}
"""The colour and picture of each oddity."""
_LOOKS_RIGHT, _LEAVE = ("right", "Looks right"), ("leave_out", "Leave out")
_BILL, _NEVER = ("bill", "Bill anyway"), ("skip", "Never bill it")
_OFFERED: dict[str, tuple[tuple[str, str], ...]] = {
    "suspended": (("right", "Do not bill"), _BILL),
    "jump": (_LOOKS_RIGHT, _LEAVE),
    "unreachable": (_LOOKS_RIGHT, _LEAVE),
    "reversed": (_LOOKS_RIGHT, _LEAVE),
    "runaway": (_LEAVE, _BILL),
    "parked": (_LEAVE, _BILL),
    "left_out": (_BILL, _NEVER),
}
_MISSED = {"bill": (_LOOKS_RIGHT, _LEAVE), "skip": (_LOOKS_RIGHT, _BILL), "leave": (("bill", "Bill it"), _NEVER)}
_SAID = {
    "right": "As planned",
    "leave_out": "Will be left out",
    "bill": "Will be billed",
    "skip": "Will never be billed",
}


TABS = {"different": "Different", **{kind: word for kind, (_, word) in KIND_BADGES.items()}}
"""The lists of a run's entries."""


class Step(NamedTuple):
    """One mark of the way of a run: its ring, its word, and whether the run stands there."""

    kind: str
    word: str
    current: bool


def track(state: RunState) -> list[Step]:
    """How far a run has come; empty for one that was taken back or thrown away."""
    if state not in _REACHED:
        return []
    reached = _REACHED[state]
    return [
        Step("paid" if at < reached else "part" if at == reached else "draft", word, at == reached)
        for at, word in enumerate(_TRACK)
    ]


def offered(odd: str, by_itself: str) -> tuple[tuple[str, str], ...]:
    """What may be decided on an odd one: (decision, the word on its button)."""
    asked = odd == "missed" or (odd == "reversed" and by_itself == "leave")
    return _MISSED[by_itself] if asked else _OFFERED.get(odd, ())


def badge(kind: str, state: str, does: str) -> tuple[str, str]:
    """The ring and the word for an entry: what became of it, else as what it counts."""
    if state in ENTRY_BADGES and state not in ("posted", "sent"):
        return ENTRY_BADGES[state]
    word = shown(kind, state, does)
    if word != kind:
        return KIND_BADGES["out"] if does == "skip" else ENTRY_BADGES["left_out"]
    return KIND_BADGES[word]


def is_part(why: str) -> bool:
    """Whether an amount is for a part of a period, as its reasons say."""
    return why.startswith(PART)


def said(decision: str) -> str:
    """A decision in a word or two."""
    return _SAID.get(decision, "")
