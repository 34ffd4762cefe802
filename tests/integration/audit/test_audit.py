"""`flask audit` is silent about sound books and names every kind of difference."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState

from app import clock
from app.auth.service import members
from app.extensions import db
from app.jobs.models import Job, SystemJob
from app.rooms import CHECKS
from tests.support.sound import violations


def test_sound_books_pass_with_exit_status_zero(audit, books):
    assert audit() == (0, "1 business checked, no differences.\n")


def test_an_empty_installation_passes(audit, app):
    assert audit("--all") == (0, "0 businesses checked, no differences.\n")


TAMPERED = [
    ("UPDATE invoice SET balance_minor = balance_minor - 1 WHERE id = :open", "INV-2026-0001 and the journal disagree"),
    ("UPDATE invoice SET balance_minor = balance_minor - 1 WHERE id = :open", "its balance and its payments differ"),
    ("UPDATE invoice SET balance_minor = 5 WHERE id = :void", "is half void"),
    ("UPDATE invoice SET balance_minor = 5 WHERE id = :draft", "is a draft with traces of having been issued"),
    ("UPDATE invoice SET issued_at = created_at WHERE id = :draft", "is a draft with traces of having been issued"),
    ("UPDATE invoice SET paid_at = NULL WHERE id = :paid", "says it is paid when it is not, or the other way round"),
    ("UPDATE invoice SET tax_minor = tax_minor + 1 WHERE id = :paid", "tax in the journal differs"),
    ("UPDATE invoice SET tax_minor = tax_minor + 1 WHERE id = :paid", "the rows that explain its tax are off by 0.01"),
    ("UPDATE invoice SET tax_minor = tax_minor + 1 WHERE id = :paid", "its totals are not the sums of its lines"),
    ("UPDATE invoice_line SET net_minor = 1 WHERE invoice_id = :draft", "without a number: its totals"),
    ("DELETE FROM invoice_figure WHERE invoice_id = :open AND kind <> 'tax'", "the rows that explain its discount"),
    ("UPDATE invoice_figure SET kind = 'rounding' WHERE invoice_id = :open AND kind = 'tax'", "its tax are off by"),
    (
        "UPDATE invoice_figure SET kind = 'rounding' WHERE invoice_id = :open AND kind = 'line_discount'",
        "a rounding remainder is part of no tax and no discount",
    ),
    ("UPDATE invoice SET number = 'INV-2026-0009' WHERE id = :paid", "period 2026: 1 missing of 3 given (2)"),
    ("UPDATE counter SET value = 7", "Numbers of period 2026: 4 missing of 7 given (4, 5, 6, 7)"),
    ("UPDATE payment SET unallocated_minor = 0 WHERE id = :whole", "credit that is left and in the journal differ"),
    ("UPDATE payment SET unallocated_minor = 0 WHERE id = :whole", "what it was used for are 1250 minor units apart"),
    ("UPDATE payment SET unallocated_minor = 5 WHERE id = :bounced", "was reversed and still has credit"),
    ("UPDATE payment SET amount_minor = 4001, unallocated_minor = 1 WHERE id = :part", "and the cash in the journal"),
    ("UPDATE payment SET currency = 'EUR' WHERE id = :part", "does not fit invoice"),
    ("UPDATE allocation SET amount_minor = -amount_minor WHERE payment_id = :part", "does not fit invoice"),
    ("DELETE FROM allocation WHERE payment_id = :part", "its balance and its payments differ by 40.00 NGN"),
    ("UPDATE journal_line SET amount_minor = 1 WHERE account = 'tax' AND invoice_id = :open", "does not balance"),
    ("UPDATE journal_line SET currency = 'EUR' WHERE account = 'receivable'", "its balance by -67.50 EUR"),
    ("UPDATE journal_line SET account = 'revenue' WHERE account = 'discounts'", "discounts in the journal differs"),
    ("UPDATE journal_line SET client_id = NULL WHERE account = 'receivable'", "open invoices and the journal differ"),
    ("UPDATE journal_line SET invoice_id = :draft WHERE invoice_id = :open", "draft with traces of having been issued"),
    ("DELETE FROM journal_line WHERE invoice_id = :void", "has no lines"),
]


@pytest.mark.parametrize("statement, sentence", TAMPERED, ids=[f"{n}-{s[:40]}" for n, (_, s) in enumerate(TAMPERED)])
def test_what_does_not_hold_is_named_and_the_status_is_one(audit, books, tamper, statement, sentence):
    ids = {name: value for name, value in vars(books).items() if f":{name}" in statement}
    tamper(statement, **ids)
    status, told = audit()
    assert status == 1
    assert sentence in told


def test_a_series_goes_on_under_a_new_pattern_without_being_called_a_gap(audit, books, tamper, app):
    tamper("UPDATE invoice SET number = 'OLD-' || number WHERE id = :first", first=books.open)
    assert audit()[0] == 0


def test_work_that_was_due_for_an_hour_is_named_and_parked_work_is_not(audit, books, app):
    late = clock.now() - timedelta(minutes=61)
    with app.app_context():
        _add(Job, late, "forgotten", business_id=books.business)
        _add(Job, late, "parked", business_id=books.business, state="parked")
        _add(SystemJob, late, "installation")
        _add(SystemJob, late + timedelta(minutes=2), "fresh")
    status, told = audit()
    assert status == 1
    assert told.count("did not run") == 2
    assert "installation: The job installation" in told
    assert audit("--business", str(books.business))[1].count("did not run") == 1


def test_one_business_is_checked_alone(audit, books, tamper, app):
    with app.app_context():
        _, other = members.create_user("o@example.com", "a calm river in june", "Other", "owner", datetime.now(UTC))
    tamper("UPDATE payment SET unallocated_minor = 5 WHERE id = :bounced", bounced=books.bounced)
    assert audit("--business", str(other)) == (0, "1 business checked, no differences.\n")
    assert audit("--business", str(books.business))[0] == 1
    assert audit("--business", str(uuid.uuid4()))[0] == 2


def test_every_business_is_asked_the_same_statements_which_are_made_once(app, books):
    asked: list[list[object]] = []

    def listen(state: ORMExecuteState) -> None:
        asked[-1].append(state.statement)

    with app.app_context():
        _, other = members.create_user("o@example.com", "a calm river in june", "Other", "owner", datetime.now(UTC))
        event.listen(db.session, "do_orm_execute", listen)
        try:
            for business_id in (books.business, other):
                asked.append([])
                assert violations(business_id) == []
        finally:
            event.remove(db.session, "do_orm_execute", listen)
    first, second = asked
    assert len(first) > len(CHECKS.business)
    assert all(one is same for one, same in zip(first, second, strict=True))


def _add(table, due_at, task, **columns):
    from app.database import writing

    values = {"key": task, "task": task, "args": {}, "state": "ready", "created_at": due_at, "due_at": due_at}
    with writing() as session:
        session.add(table(**{**values, **columns}))
