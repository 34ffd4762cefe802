"""What happens next with an invoice, as far as its own facts tell. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that comes next: what, why, on which day, and the ring or picture that goes with it."""

    title: str
    text: str = ""
    on: date | None = None
    kind: str = ""
    picture: str = ""


class Dated(Protocol):
    """Something else that is to come, such as a reminder."""

    @property
    def on(self) -> date: ...


def in_order(steps: Iterable[Step], others: Iterable[Dated]) -> list[Step | Dated]:
    """What is to come, the nearest day first, without a day in front; of one day the invoice's own step comes first."""
    found: list[Step | Dated] = [*steps, *others]
    return sorted(found, key=lambda one: one.on or date.min)


def next_steps(
    *,
    status: str,
    state: str,
    sent: bool,
    due: date,
    today: date,
    failed: str = "",
    queued: str = "",
    replaced_by: str = "",
) -> list[Step]:
    """The steps ahead, nearest first; `failed` is why the last message did not get out, `queued` what waits, in a word.

    A settled or void invoice has one step: that nothing is left to do. A written off one can be recovered.
    """
    if status == "draft":
        return [
            Step("Issue it", "It gets its number and can no longer be changed.", picture="rubber-stamp"),
            Step("Send it", "To the client with the PDF, or by a link you copy.", picture="send"),
        ]
    if replaced_by:
        return [Step("Nothing more to do", f"{replaced_by} takes its place.", kind="void")]
    if state == "paid":
        return [Step("Nothing more to do", "It is paid in full.", kind="paid")]
    if status == "void":
        return [Step("Nothing more to do", "It is void and keeps its number.", kind="void")]
    if status == "written_off":
        return [Step("It was written off", "Should money come after all, recover it first.", kind="written_off")]
    return [*_sending(sent, failed, queued), _due(state, due, today)]


def _sending(sent: bool, failed: str, queued: str) -> list[Step]:
    if queued:
        return [Step("On its way", f"The {queued} is in the outbox.", picture="mail-forward")]
    if failed:
        return [Step("Send it again", f"The last message did not get out: {failed}", kind="failed")]
    if not sent:
        return [Step("Not sent yet", "Send it, or copy the link.", picture="send")]
    return []


def _due(state: str, due: date, today: date) -> Step:
    days = (due - today).days
    if days < 0:
        waited = "1 day" if days == -1 else f"{-days} days"
        return Step("Ask for the money", f"It has been overdue for {waited}.", due, kind="overdue")
    rest = "The rest is due" if state == "part_paid" else "Payment is due"
    words = {0: f"{rest} today", 1: f"{rest} tomorrow"}
    return Step(words.get(days, rest), "After that day it counts as overdue.", due, kind="soon" if days < 8 else "open")
