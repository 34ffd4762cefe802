"""`flask audit` proves what is written off against its rows, the journal and what was paid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app import clock
from app.invoices import service as invoices
from tests.support.story import Story, a_business


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    """A business, the application's context open."""
    with app.app_context():
        yield a_business(app)


def test_written_off_and_recovered_invoices_are_sound(audit, story):
    story.written_off()
    twice = story.written_off(100_000)
    invoices.recover(story.owner, twice, "They wrote to us", now=clock.now())
    invoices.write_off(story.owner, twice, "And then did not pay", now=clock.now())
    recovered = story.written_off(100_000)
    invoices.recover(story.owner, recovered, "They wrote to us", now=clock.now())
    story.payment(recovered, 222_500)
    assert audit() == (0, "1 business checked, no differences.\n")


TAMPERED = [
    ("UPDATE write_off SET amount_minor = amount_minor - 1", "the rows of its write-offs by 0.01 NGN"),
    ("DELETE FROM write_off", "the rows of its write-offs by 2,225.00 NGN"),
    ("UPDATE journal_line SET amount_minor = 1 WHERE account = 'bad_debt'", "bad debt in the journal by 2,224.99 NGN"),
    ("UPDATE journal_line SET account = 'revenue' WHERE account = 'bad_debt'", "bad debt in the journal by 2,225.00"),
    ("UPDATE journal_line SET account = 'revenue' WHERE account = 'bad_debt'", "revenue in the journal differs"),
    ("UPDATE invoice SET written_off_minor = 222499 WHERE id = :off", "the rows of its write-offs by -0.01 NGN"),
    ("UPDATE invoice SET written_off_minor = 222499 WHERE id = :off", "bad debt in the journal by -0.01 NGN"),
    (
        "UPDATE invoice SET written_off_minor = 222499 WHERE id = :off",
        "its balance and its payments differ by 0.01",
    ),
    ("UPDATE invoice SET written_off_minor = 0 WHERE id = :off", "is half written off"),
    ("UPDATE invoice SET written_off_minor = 0, balance_minor = 222500 WHERE id = :off", "is half written off"),
    ("UPDATE invoice SET written_off_minor = 222499, balance_minor = 1 WHERE id = :off", "is half written off"),
    ("UPDATE invoice SET status = 'open' WHERE id = :off", "is half written off"),
    ("UPDATE invoice SET paid_at = issued_at WHERE id = :off", "is half written off"),
    ("DELETE FROM allocation", "its balance and its payments differ by 1,000.00 NGN"),
]


@pytest.mark.parametrize("statement, sentence", TAMPERED, ids=[f"{n}-{s[:40]}" for n, (s, _) in enumerate(TAMPERED)])
def test_what_does_not_hold_is_named(audit, story, tamper, statement, sentence):
    off = story.written_off(100_000)
    tamper(statement, **({"off": off} if ":off" in statement else {}))
    status, told = audit()
    assert status == 1
    assert sentence in told
