"""How long the page of an invoice waits, and for what."""

from __future__ import annotations

import itertools

import pytest

from app.invoices.rules.watching import Watch, next_look, watch


@pytest.mark.parametrize(
    ("states", "paying", "waits"),
    [
        ([], False, False),
        (["sent"], False, False),
        (["failed", "sent"], False, False),
        (["queued"], False, True),
        (["sent", "queued"], False, True),
        ([], True, True),
    ],
)
def test_a_page_waits_only_while_a_mail_is_queued_or_the_client_is_paying(states, paying, waits):
    found = watch(states, "open", 100, paying=paying)
    assert (bool(found.words), found.pause is not None) == (waits, waits)


def test_a_mail_that_never_gets_out_is_not_asked_for_for_ever():
    pauses = [next_look(turn) for turn in range(1000)]
    looks = list(itertools.takewhile(lambda pause: pause is not None, pauses))
    assert looks[0] <= 2
    assert looks == sorted(looks)
    assert len(looks) < 100
    assert 300 < sum(looks) < 900
    assert set(pauses[len(looks) :]) == {None}


def test_a_page_that_gave_up_still_says_what_is_not_done():
    found = watch(["queued"], "open", 100, paying=False, turn=500, waiting="SMS")
    assert found.words == "The SMS is not out yet."
    assert found.pause is None


@pytest.mark.parametrize(
    ("money", "owed"),
    [("open-322500", 322_500), ("", 0), ("open--5", 5), ("open-5x", 0), ("-" + "9" * 40, 0), ("open-²", 0)],
)
def test_what_was_owed_is_read_from_an_address_that_anybody_can_write(money, owed):
    assert Watch("", money).owed == owed
