"""What state a subscription is in follows from its facts; what may be done in it is one table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from app.billing.rules import MOVES, Facts, WrongMove, move, state
from app.billing.rules.states import STATES

TODAY = date(2026, 11, 27)
OVER, AHEAD = date(2026, 11, 27), date(2026, 11, 28)


@pytest.mark.parametrize(
    "facts, expected",
    [
        (Facts(), "active"),
        (Facts(trial_until=AHEAD), "trial"),
        (Facts(trial_until=OVER), "active"),
        (Facts(overdue=True), "past_due"),
        (Facts(overdue=True, suspended=True), "suspended"),
        (Facts(suspended=True, paused=True), "paused"),
        (Facts(ends_on=AHEAD, cancelled=True), "active"),
        (Facts(ends_on=OVER, cancelled=True), "cancelled"),
        (Facts(ends_on=OVER), "ended"),
        (Facts(ends_on=OVER, paused=True, suspended=True, overdue=True), "ended"),
    ],
)
def test_the_state_is_the_first_that_holds(facts, expected):
    assert state(facts, TODAY) == expected


def test_every_combination_of_facts_has_one_state():
    found = set()
    for trial, ends, cancelled, paused, suspended, overdue in product((None, OVER, AHEAD), (None, OVER, AHEAD),
                                                                      *[(False, True)] * 4):  # fmt: skip
        found.add(state(Facts(trial, ends, cancelled, paused, suspended, overdue), TODAY))
    assert found == set(STATES)


ALLOWED = {
    "pause": {"trial", "active", "past_due"},
    "resume": {"paused"},
    "change": {"trial", "active", "past_due"},
    "suspend": {"active", "past_due"},
    "throttle": {"active", "past_due"},
    "restore": {"suspended", "paused"},
    "unthrottle": {"trial", "active", "past_due", "paused"},
    "cancel": {"trial", "active", "past_due", "suspended", "paused"},
    "keep": {"trial", "active", "past_due", "suspended", "paused"},
}


@pytest.mark.parametrize("verb", MOVES)
@pytest.mark.parametrize("now", STATES)
def test_every_pair_of_state_and_verb(now, verb):
    if now in ALLOWED[verb]:
        assert move(now, verb) in STATES
        return
    with pytest.raises(WrongMove, match="so it cannot be") as caught:
        move(now, verb)
    assert caught.value.current == now


def test_a_move_leads_where_the_facts_lead():
    """The table and the facts agree: after the fact that a verb writes, the state is the one it promises."""
    facts = {"trial": Facts(trial_until=AHEAD), "active": Facts(), "past_due": Facts(overdue=True),
             "suspended": Facts(suspended=True), "paused": Facts(paused=True)}  # fmt: skip
    writes = {"pause": {"paused": True}, "suspend": {"suspended": True},
              "cancel": {"cancelled": True, "ends_on": TODAY}, "resume": {"paused": False},
              "restore": {"suspended": False}, "keep": {"cancelled": False}, "change": {},
              "throttle": {}, "unthrottle": {}}  # fmt: skip
    for verb, targets in MOVES.items():
        for now, target in targets.items():
            assert state(replace(facts[now], **writes[verb]), TODAY) == target, (verb, now)
