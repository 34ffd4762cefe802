"""The guard against billing that runs away, over what is planned of some clients."""

from __future__ import annotations

import uuid
from collections import defaultdict

from app.billing.queries import Agreement
from app.billing.queries.due import Chunk
from app.billing.rules import Billed, Cycle, Span
from app.billing.rules.guarding import WINDOW, Had, add_part, most_in_window, weighed


class Guard:
    """Counts the recurring items that were billed to clients lately, and those that are planned now.

    Those from before a client was let go are not counted any more.
    """

    def __init__(self, chunk: Chunk) -> None:
        self._of: dict[uuid.UUID, dict[uuid.UUID, Had]] = defaultdict(dict)
        for one in chunk.agreements:
            row = one.row
            cycles = [Cycle(row.cycle_unit, row.cycle_count), *(turn.rhythm.cycle for turn in one.turns)]
            things = tuple(Span(item.since, item.until) for item in one.items if not item.once)
            begun = dict(chunk.begun.get(row.id, {}))
            had = Had(most_in_window(cycles), row.starts_on, one.ends_on, things, begun)
            self._of[row.client_id][row.id] = had
        for client_id, others in chunk.others.items():
            self._of[client_id] |= others
        for client_id, day in chunk.counted_from.items():
            for had in self._of[client_id].values():
                had.begun = {whole: part for whole, part in had.begun.items() if part.start >= day}

    def why_not(self, one: Agreement, billed: Billed) -> str:
        """Why a period is not billed, in a sentence; empty where nothing runs away."""
        of_client = self._of[one.row.client_id]
        mine = of_client[one.row.id]
        if billed.of in mine.begun:
            # A part of what is counted already: all parts of a period together are one.
            return ""
        if len(of_client) == 1 and len(mine.lately(billed.period.start)) < mine.most:
            return ""
        for hads, whose, what in (
            ((mine,), "of it", "its rhythm allows"),
            (of_client.values(), "of this client", "their subscriptions allow"),
        ):
            counted, allowed = weighed(hads, mine, billed.period)
            if counted > allowed:
                return f"{counted} recurring items {whose} would be billed within {WINDOW} days, and {what} {allowed}."
        return ""

    def note(self, one: Agreement, billed: Billed) -> None:
        """Count one more period."""
        add_part(self._of[one.row.client_id][one.row.id].begun, billed.of, billed.period)
