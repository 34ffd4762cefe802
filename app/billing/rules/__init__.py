"""Recurring billing with pencil and paper: when periods begin, what a part of one costs, which move is allowed."""

from app.billing.rules.calendar import Cycle, Period, Rhythm, rhythm_from
from app.billing.rules.periods import Billed, Span, Terms, Turn, next_unbilled, periods, spans, unclaimed
from app.billing.rules.prorating import part_of, share
from app.billing.rules.states import MOVES, Facts, WrongMove, move, state

__all__ = [
    "MOVES",
    "Billed",
    "Cycle",
    "Facts",
    "Period",
    "Rhythm",
    "Span",
    "Terms",
    "Turn",
    "WrongMove",
    "move",
    "next_unbilled",
    "part_of",
    "periods",
    "rhythm_from",
    "share",
    "spans",
    "state",
    "unclaimed",
]
