"""What is not going to be paid is written off, and recovered when it is owed after all; the books follow both ways."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.auth.queries import timeline
from app.auth.rules import Actor, NotAllowed
from app.database import writing
from app.errors import NotFound
from app.extensions import db
from app.invoices import queries
from app.invoices import service as invoices
from app.invoices.errors import HasPayments
from app.invoices.models import Invoice, WriteOff
from app.invoices.rules import MOVES, WrongState
from app.invoices.service.sharing import share_link
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.queries import account_balances
from app.ledger.rules import BAD_DEBT, RECEIVABLE
from app.payments import service as payments
from app.payments.models import Payment
from tests.support.story import Story

TOTAL, PART = 322_500, 100_000
REASON = "Gone bankrupt"


def write_off(story: Story, invoice_id: uuid.UUID) -> None:
    invoices.write_off(story.owner, invoice_id, REASON, now=clock.now())


def recover(story: Story, invoice_id: uuid.UUID) -> None:
    invoices.recover(story.owner, invoice_id, "They wrote to us", now=clock.now())


def stands(story: Story, invoice_id: uuid.UUID) -> tuple[str, int, int]:
    """Status, balance, written off."""
    db.session.remove()
    found = queries.get_invoice(story.business_id, invoice_id)
    return found.status, found.balance_minor, found.written_off_minor


def books(story: Story) -> tuple[int, int]:
    """What the journal says is owed, and what it says is lost."""
    db.session.remove()
    found = account_balances(story.business_id)
    return found.get((RECEIVABLE, "NGN"), 0), found.get((BAD_DEBT, "NGN"), 0)


def audited(story: Story) -> str:
    db.session.remove()
    return story.app.test_cli_runner().invoke(args=["audit"]).output


# -- what may be done from where ---------------------------------------------------------------------------------------


def made(story: Story, status: str) -> uuid.UUID:
    """An invoice of a status; "paid" is an open one that owes nothing."""
    if status == "draft":
        return story.draft()
    if status == "written_off":
        return story.written_off()
    invoice_id = story.issued()
    if status == "paid":
        story.payment(invoice_id, TOTAL)
    elif status == "void":
        invoices.void(story.owner, invoice_id, "typed twice", now=clock.now())
    return invoice_id


def do(story: Story, verb: str, invoice_id: uuid.UUID) -> None:
    reason = () if verb == "issue" else (REASON,)
    getattr(invoices, verb)(story.owner, invoice_id, *reason, now=clock.now())


DRAFT, VOID, OFF = "still a draft, so it cannot be ", "void, so it cannot be ", "written off"
TABLE = {
    ("draft", "issue"): "open",
    ("draft", "void"): DRAFT + "voided",
    ("draft", "write_off"): DRAFT + "written off",
    ("draft", "recover"): DRAFT + "recovered",
    ("open", "issue"): "already issued, so it cannot be issued",
    ("open", "void"): "void",
    ("open", "write_off"): "written_off",
    ("open", "recover"): "not written off, so there is nothing to recover",
    ("paid", "issue"): "already issued, so it cannot be issued",
    ("paid", "void"): "Money was recorded for this invoice. Undo the payments first, then void it.",
    ("paid", "write_off"): "paid, so there is nothing to write off",
    ("paid", "recover"): "not written off, so there is nothing to recover",
    ("void", "issue"): VOID + "issued",
    ("void", "void"): VOID + "voided",
    ("void", "write_off"): VOID + "written off",
    ("void", "recover"): VOID + "recovered",
    ("written_off", "issue"): OFF + ", so it cannot be issued",
    ("written_off", "void"): OFF + ". Recover it first, then void it",
    ("written_off", "write_off"): OFF + " already",
    ("written_off", "recover"): "open",
}
LEADS_TO = {move.target for move in MOVES.values()}


@pytest.mark.parametrize(("status", "verb"), TABLE, ids=" ".join)
def test_every_verb_is_done_or_refused_with_a_sentence_as_the_table_says(ours, status, verb):
    invoice_id, outcome = made(ours, status), TABLE[status, verb]
    before = stands(ours, invoice_id)
    if outcome in LEADS_TO:
        do(ours, verb, invoice_id)
        assert stands(ours, invoice_id)[0] == outcome
    else:
        with pytest.raises((WrongState, HasPayments)) as refused:
            do(ours, verb, invoice_id)
        sentence = str(refused.value)
        assert sentence == (outcome if outcome.endswith(".") else f"This document is {outcome}.")
        assert stands(ours, invoice_id) == before
    assert audited(ours) == "1 business checked, no differences.\n"


@pytest.mark.parametrize("verb", ["write_off", "recover"])
def test_whoever_only_looks_gives_nothing_up(ours, verb):
    invoice_id = made(ours, "open" if verb == "write_off" else "written_off")
    with pytest.raises(NotAllowed):
        getattr(invoices, verb)(Actor("person", ours.business_id, role="viewer"), invoice_id, REASON, now=clock.now())


@pytest.mark.parametrize("verb", ["write_off", "recover"])
def test_another_business_s_invoice_is_not_there(ours, theirs, verb):
    invoice_id = made(theirs, "open" if verb == "write_off" else "written_off")
    with pytest.raises(NotFound):
        do(ours, verb, invoice_id)


# -- the books ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paid", [0, PART])
def test_what_is_owed_becomes_bad_debt_and_comes_back_as_often_as_one_likes(ours, paid):
    invoice_id, rest = ours.issued(), TOTAL - paid
    if paid:
        ours.payment(invoice_id, paid)
    for _ in range(3):
        write_off(ours, invoice_id)
        assert stands(ours, invoice_id) == ("written_off", 0, rest)
        assert books(ours) == (0, rest)
        recover(ours, invoice_id)
        assert stands(ours, invoice_id) == ("open", rest, 0)
        assert books(ours) == (rest, 0)
    amounts = list(db.session.scalars(select(WriteOff.amount_minor).order_by(WriteOff.id)))
    assert amounts == [rest, -rest] * 3
    assert audited(ours) == "1 business checked, no differences.\n"


def test_it_counts_on_the_day_it_is_where_the_business_is(ours):
    invoice_id = ours.issued()
    late = datetime(2031, 12, 31, 23, 30, tzinfo=UTC)
    invoices.write_off(ours.owner, invoice_id, REASON, now=late)
    row = db.session.scalars(select(WriteOff)).one()
    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.source_kind == "write_off")).one()
    assert (row.on_date, row.at, row.created_by) == (date(2032, 1, 1), late, ours.owner.person_id)
    assert (entry.on_date, entry.source_id, entry.kind) == (date(2032, 1, 1), row.id, "write_off")
    sides = select(JournalLine.account, JournalLine.amount_minor).where(JournalLine.entry_id == entry.id)
    assert dict(map(tuple, db.session.execute(sides))) == {BAD_DEBT: TOTAL, RECEIVABLE: -TOTAL}


def test_a_part_that_was_paid_stays_paid(ours):
    invoice_id = ours.written_off(PART)
    document = queries.document_view(ours.business_id, invoice_id, clock.now())
    assert (document.paid.minor, document.balance.minor) == (PART, 0)
    assert document.written_off.amount.minor == TOTAL - PART
    assert (document.state, document.payment_state, document.payable) == ("written_off", "part_paid", False)
    recover(ours, invoice_id)
    document = queries.document_view(ours.business_id, invoice_id, clock.now())
    assert (document.paid.minor, document.balance.minor, document.written_off) == (PART, TOTAL - PART, None)
    assert document.payment_state == "part_paid"


def test_an_invoice_of_which_nothing_was_paid_is_not_called_paid(ours):
    document = queries.document_view(ours.business_id, ours.written_off(), clock.now())
    assert (document.paid.minor, document.payment_state) == (0, "unpaid")


def test_the_database_refuses_to_have_more_owed_and_given_up_than_there_is(ours):
    for invoice_id, minor in ((ours.issued(), 1), (ours.written_off(), TOTAL + 1), (ours.issued(), -1)):
        with pytest.raises(IntegrityError), writing() as session:
            session.get_one(Invoice, (ours.business_id, invoice_id)).written_off_minor = minor
        db.session.remove()


# -- money and what else is done with it -------------------------------------------------------------------------------


def test_money_for_a_written_off_invoice_is_credit_and_settles_it_once_it_is_recovered(ours):
    invoice_id = ours.issued()
    click = ours.attempt(invoice_id)
    write_off(ours, invoice_id)
    ours.pay_at_bank(click)
    payments.verify_now(ours.business_id, click.id, now=clock.now())
    assert stands(ours, invoice_id) == ("written_off", 0, TOTAL)
    (credit,) = db.session.scalars(select(Payment)).all()
    assert credit.unallocated_minor == TOTAL
    with pytest.raises(WrongState, match="Recover it first, then use the credit"):
        payments.apply_credit(ours.owner, credit.id, invoice_id, now=clock.now())
    recover(ours, invoice_id)
    assert payments.apply_credit(ours.owner, credit.id, invoice_id, now=clock.now()) == TOTAL
    assert stands(ours, invoice_id) == ("open", 0, 0)
    assert audited(ours) == "1 business checked, no differences.\n"


def test_a_payment_is_not_undone_below_what_was_written_off(ours):
    invoice_id = ours.issued()
    payment_id = ours.payment(invoice_id, PART)
    write_off(ours, invoice_id)
    with pytest.raises(WrongState, match="Recover it first, then undo the payment"):
        payments.reverse_payment(ours.owner, payment_id, "Bad cheque", now=clock.now())
    asked = ours.visitor().get(f"/payments/{payment_id}/reverse/")
    assert asked.status_code == 409
    assert "Recover it first, then undo the payment" in asked.text
    assert f"/payments/{payment_id}/reverse/" not in ours.visitor().get(f"/invoices/{invoice_id}/").text
    assert stands(ours, invoice_id) == ("written_off", 0, TOTAL - PART)
    recover(ours, invoice_id)
    payments.reverse_payment(ours.owner, payment_id, "Bad cheque", now=clock.now())
    assert stands(ours, invoice_id) == ("open", TOTAL, 0)
    assert audited(ours) == "1 business checked, no differences.\n"


OTHERS = {
    "send it": lambda story, invoice_id: invoices.send(story.owner, invoice_id, now=clock.now()),
    "mark it as sent": lambda story, invoice_id: invoices.mark_sent(story.owner, invoice_id, now=clock.now()),
    "share it": lambda story, invoice_id: share_link(story.owner, invoice_id, now=clock.now()),
    "record the money": lambda story, invoice_id: story.payment(invoice_id),
}


@pytest.mark.parametrize("what", OTHERS)
def test_before_anything_else_it_is_recovered(ours, what):
    invoice_id = ours.written_off()
    number = queries.get_invoice(ours.business_id, invoice_id).number
    with pytest.raises(WrongState) as refused:
        OTHERS[what](ours, invoice_id)
    assert str(refused.value) == f"{number} is written off. Recover it first, then {what}."
    recover(ours, invoice_id)
    OTHERS[what](ours, invoice_id)


def test_a_copy_of_it_is_a_draft_like_any_other(ours):
    copy = invoices.duplicate(ours.owner, ours.written_off(), now=clock.now())
    assert stands(ours, copy.id) == ("draft", 0, 0)


# -- what people see ---------------------------------------------------------------------------------------------------


def test_writing_off_says_what_it_does_asks_why_and_shows_it_afterwards(ours):
    invoice_id = ours.issued()
    ours.payment(invoice_id, PART)
    browser, url = ours.visitor(), f"/invoices/{invoice_id}/write-off/"
    assert f'href="{url}"' in browser.get(f"/invoices/{invoice_id}/").text
    asked = browser.get(url)
    for words in ("₦2,225.00 leaves what is owed", "bad debt", "recover it at any time", f'action="{url}"'):
        assert words in asked.text
    refused = browser.post(url, data={"reason": " "})
    assert (refused.status_code, stands(ours, invoice_id)[0]) == (422, "open")
    assert "Say why" in refused.text
    assert browser.post(url, data={"reason": "Moved away & gone"}).status_code == 303
    page = browser.get(f"/invoices/{invoice_id}/").text
    for words in ("Written off", "₦2,225.00", "by Tolu Adé: Moved away &amp; gone", "1,000", "recover it first"):
        assert words in page
    for words in ("Still to pay", "Record payment", "Nothing more to do", "see=email", url):
        assert words not in page
    panel = browser.get(f"/invoices/{invoice_id}/panel/").text
    assert "Written off" in panel
    assert "Still to pay" not in panel


def test_recovering_says_what_it_does_asks_why_and_offers_payment_again(ours):
    invoice_id = ours.written_off(PART)
    browser, url = ours.visitor(), f"/invoices/{invoice_id}/recover/"
    assert f'href="{url}"' in browser.get(f"/invoices/{invoice_id}/").text
    asked = browser.get(url)
    for words in ("₦2,225.00 is owed to you again", f'action="{url}"'):
        assert words in asked.text
    assert browser.post(url, data={"reason": ""}).status_code == 422
    assert browser.post(url, data={"reason": "They wrote"}).status_code == 303
    page = browser.get(f"/invoices/{invoice_id}/").text
    for words in ("Still to pay", "Record payment", "They wrote", "Recovered, owed again: ₦2,225.00"):
        assert words in page
    assert url not in page


@pytest.mark.parametrize(
    ("status", "verb", "sentence"),
    [
        ("paid", "write-off", "nothing to write off"),
        ("void", "write-off", "void"),
        ("open", "recover", "not written off"),
    ],
)
def test_what_cannot_be_done_is_not_asked_but_said_on_the_page(ours, status, verb, sentence):
    invoice_id, browser = made(ours, status), ours.visitor()
    for answer in (
        browser.get(f"/invoices/{invoice_id}/{verb}/"),
        browser.post(f"/invoices/{invoice_id}/{verb}/", data={"reason": "x"}),
    ):
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
        assert sentence in answer.text


def test_what_happened_is_in_the_trail_on_the_dashboard_and_with_the_client(ours):
    invoice_id = ours.written_off(PART)
    recover(ours, invoice_id)
    told = {event.verb: event.facts for event in timeline(ours.business_id, "invoice", invoice_id)}
    for verb, reason in (("written_off", REASON), ("recovered", "They wrote to us")):
        assert told[verb].items() >= {"amount_minor": TOTAL - PART, "currency": "NGN", "reason": reason}.items()
    browser = ours.visitor()
    dashboard = browser.get("/").text
    assert "written off by Tolu" in dashboard
    assert "recovered by Tolu" in dashboard
    client = browser.get(f"/clients/{ours.client_id}/").text
    assert "written off" in client
    assert "recovered" in client


def test_the_form_pays_no_written_off_invoice_and_says_what_to_do(ours):
    invoice_id = ours.written_off()
    form = {"payment_id": uuid.uuid4(), "invoice": invoice_id, "amount": "10.00", "currency": "NGN", "method": "cash"}
    answer = ours.visitor().post("/payments/new/", data=form | {"received_on": "2026-01-05"})
    assert answer.status_code == 422
    assert "Recover it first, then record the money" in answer.text
