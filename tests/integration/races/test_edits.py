"""Two people at one draft at the same moment: one of them is told, and what the other wrote is all there.

Nobody's work is lost in silence: whoever comes second hears of it and is shown what stands now, and an invoice that was
sent, issued or paid says what the person saw who did it.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.auth.rules import Actor
from app.database import writing
from app.errors import DuelyError
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.errors import StaleDraft
from app.invoices.models import Invoice, InvoiceLine
from app.invoices.service.revising import begin_revision
from app.invoices.values import DraftValues, LineValues
from app.messages.models import Message
from app.money import Money
from app.payments import service as payments
from app.payments.models import Allocation, Payment
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.test_payments import book, no_locks
from tests.integration.races.test_write_offs import PARTS, parts_paid_at_the_bank
from tests.support.sound import violations
from tests.support.story import Story, a_business

AS_DRAFTED, AMAKA, BAYO = 322_500, 7_700, 26_000
TYPED = {
    "Amaka": (LineValues("A router", Decimal(7), Decimal(11)),),
    "Bayo": (LineValues("A mast", Decimal(1), Decimal(200)), LineValues("Rigging", Decimal(2), Decimal(30))),
}
COMES_TO = {"Amaka": AMAKA, "Bayo": BAYO}
TITLES = {"Amaka": ["A router"], "Bayo": ["A mast", "Rigging"], "": ["Fibre, monthly"]}
PAIRS, MANY = 40, 1_000

Told = tuple[str, str, str, int | None]
"""Who did what, what became of it, and what they were shown in its place."""


def save(actor: Actor, draft_id: uuid.UUID, client_id: uuid.UUID, version: int, who: str) -> Told:
    """Save what somebody typed over the version they read."""
    values = DraftValues("NGN", clock.today("Africa/Lagos"), 14, client_id=client_id, lines=TYPED[who])
    return _tried(who, draft_id, lambda: invoices.save_draft(actor, draft_id, values, version=version, now=clock.now()))


def let_go(actor: Actor, draft_id: uuid.UUID, _client_id: uuid.UUID, version: int, verb: str) -> Told:
    """Issue, send, or issue and book the money for what one has on the screen."""
    work: dict[str, Callable[[], Any]] = {
        "issue": lambda: invoices.issue(actor, draft_id, now=clock.now(), version=version),
        "send": lambda: invoices.send(actor, draft_id, now=clock.now(), version=version),
        "pay": lambda: _issue_and_pay(actor, draft_id, version),
    }
    return _tried(verb, draft_id, work[verb])


def either(kind: str, *given: Any) -> Told:
    return (save if kind == "save" else let_go)(*given)


def _issue_and_pay(actor: Actor, draft_id: uuid.UUID, version: int) -> None:
    """The customer stands there with the money: one action of the person at the desk."""
    with writing():
        invoices.issue(actor, draft_id, now=clock.now(), version=version)
        today = clock.today("Africa/Lagos")
        payments.record_payment(actor, draft_id, Money(AS_DRAFTED, "NGN"), "cash", today, now=clock.now())


def _tried(who: str, draft_id: uuid.UUID, work: Callable[[], Any]) -> Told:
    try:
        work()
    except StaleDraft as error:
        shown = error.current
        return str(draft_id), who, "StaleDraft", shown.total_minor if shown else None
    except DuelyError as error:
        return str(draft_id), who, type(error).__name__, None
    return str(draft_id), who, "done", None


def drafts(story: Story, count: int) -> dict[uuid.UUID, int]:
    """{draft: the version both have on their screens}"""
    made = [story.draft() for _ in range(count)]
    query = select(Invoice.id, Invoice.version).where(Invoice.business_id == story.business_id, Invoice.id.in_(made))
    found = {row.id: row.version for row in db.session.execute(query)}
    db.session.remove()
    return found


def by_draft(outcomes: list[Outcome]) -> dict[str, dict[str, tuple[str, int | None]]]:
    """{draft: {who: (what became of it, what they were shown)}}"""
    assert not [outcome.error for outcome in outcomes if outcome.error]
    found: dict[str, dict[str, tuple[str, int | None]]] = defaultdict(dict)
    for draft_id, who, became, shown in (outcome.value for outcome in outcomes):
        found[draft_id][who] = (became, shown)
    return found


def stands(story: Story, draft_id: str) -> tuple[str, int, list[str]]:
    """Status, total and titles of an invoice as they are stored."""
    db.session.rollback()
    key = (story.business_id, uuid.UUID(draft_id))
    invoice = db.session.get_one(Invoice, key, populate_existing=True)
    lines = select(InvoiceLine.title).where(
        InvoiceLine.business_id == story.business_id, InvoiceLine.invoice_id == key[1]
    )
    return invoice.status, invoice.total_minor, list(db.session.scalars(lines.order_by(InvoiceLine.position)))


# -- two who save ------------------------------------------------------------------------------------------------------


def two_save(app: Flask, config: Config, pairs: int = PAIRS, disarm: Callable[[], None] | None = None):
    story = a_business(app)
    pieces = [
        (story.owner, draft_id, story.client_id, version, who)
        for draft_id, version in drafts(story, pairs).items()
        for who in TYPED
    ]
    return story, all_at_once(config, save, pieces, processes=5, disarm=disarm)


def check_two(story: Story, outcomes: list[Outcome], pairs: int = PAIRS) -> None:
    found = by_draft(outcomes)
    assert len(found) == pairs
    for draft_id, told in found.items():
        won = [who for who, (became, _) in told.items() if became == "done"]
        assert len(won) == 1, told
        winner = won[0]
        loser = "Bayo" if winner == "Amaka" else "Amaka"
        assert told[loser] == ("StaleDraft", COMES_TO[winner])
        assert stands(story, draft_id) == ("draft", COMES_TO[winner], TITLES[winner])
    assert violations(story.business_id) == []


def test_of_two_who_save_one_wins_and_the_other_is_shown_what_stands(app: Flask, config: Config) -> None:
    check_two(*two_save(app, config))


def test_without_the_locks_one_of_them_loses_their_work_and_nobody_says_so(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check_two(*two_save(app, config, 10, no_locks), pairs=10))


@pytest.mark.long
def test_the_long_form_has_a_thousand_pairs(app: Flask, config: Config) -> None:
    for _ in range(MANY // PAIRS):
        check_two(*two_save(app, config))


# -- one who saves, one who lets it go ---------------------------------------------------------------------------------


def save_against(app: Flask, config: Config, pairs: int = PAIRS, disarm: Callable[[], None] | None = None):
    """Amaka saves while somebody issues, sends, or issues and books the money of what they have on the screen."""
    story = a_business(app)
    pieces = []
    for place, (draft_id, version) in enumerate(drafts(story, pairs).items()):
        both = [("save", "Amaka"), ("let go", ("issue", "send", "pay")[place % 3])]
        # As many times the one is first as the other.
        for kind, name in both if place % 2 else reversed(both):
            pieces.append((kind, story.owner, draft_id, story.client_id, version, name))
    return story, all_at_once(config, either, pieces, processes=5, disarm=disarm)


def check_against(story: Story, outcomes: list[Outcome], pairs: int = PAIRS) -> None:
    found = by_draft(outcomes)
    assert len(found) == pairs
    for draft_id, told in found.items():
        verb = next(who for who in told if who != "Amaka")
        if told["Amaka"][0] == "done":
            assert told[verb] == ("StaleDraft", AMAKA)
            assert stands(story, draft_id) == ("draft", AMAKA, TITLES["Amaka"])
            assert (letters(story, draft_id), money(story, draft_id)) == ([], 0)
        else:
            assert (told["Amaka"], told[verb]) == (("WrongState", None), ("done", None))
            assert stands(story, draft_id) == ("open", AS_DRAFTED, TITLES[""])
            assert len(letters(story, draft_id)) == (verb == "send")
            assert all("3,225" in letter for letter in letters(story, draft_id))
            assert money(story, draft_id) == (AS_DRAFTED if verb == "pay" else 0)
    assert violations(story.business_id) == []


def letters(story: Story, draft_id: str) -> list[str]:
    """What is on its way to the client about an invoice."""
    mine = (Message.business_id == story.business_id, Message.object_id == uuid.UUID(draft_id))
    return list(db.session.scalars(select(Message.text).where(*mine)))


def money(story: Story, invoice_id: str) -> int:
    """What settles an invoice."""
    mine = (Allocation.business_id == story.business_id, Allocation.invoice_id == uuid.UUID(invoice_id))
    return sum(db.session.scalars(select(Allocation.amount_minor).where(*mine)))


def test_who_saves_and_who_lets_it_go_cannot_both_have_their_way(app: Flask, config: Config) -> None:
    check_against(*save_against(app, config))


def test_without_the_locks_something_goes_out_that_nobody_saw(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check_against(*save_against(app, config, 9, no_locks), pairs=9))


@pytest.mark.long
def test_the_long_form_has_a_thousand_of_these(app: Flask, config: Config) -> None:
    for _ in range(MANY // PAIRS):
        check_against(*save_against(app, config))


# -- an issued invoice that is replaced while it is paid ---------------------------------------------------------------


def replace_or_book(actor: Actor, invoice_id: uuid.UUID, attempt_id: uuid.UUID | None, after: float = 0) -> str:
    """Issue the draft that takes the place of an invoice, or book what the bank says of an attempt."""
    time.sleep(after)
    if attempt_id:
        return book(actor.business_id, attempt_id)
    return str(invoices.issue(actor, invoice_id, now=clock.now()).status)


def replace_while_paid(app: Flask, config: Config, count: int = 10, disarm: Callable[[], None] | None = None):
    """Each invoice was paid in three parts that are heard of one after the other, while it is replaced."""
    story = a_business(app)
    pieces: list[tuple[Any, ...]] = []
    pairs = []
    for _ in range(count):
        old = story.issued()
        parts = parts_paid_at_the_bank(story, old)
        new = begin_revision(story.owner, old, "Wrong price", now=clock.now())
        pairs.append((old, new))
        pieces += [(story.owner, new, None)]
        pieces += [(story.owner, old, attempt_id, place * 0.02) for place, attempt_id in enumerate(parts)]
    db.session.remove()
    return story, pairs, all_at_once(config, replace_or_book, pieces, processes=4, disarm=disarm)


def check_replaced(story: Story, pairs: list[tuple[uuid.UUID, uuid.UUID]], outcomes: list[Outcome]) -> None:
    """Every invoice is replaced, all money is booked, and it settles the new one or is the client's credit."""
    assert not [outcome.error for outcome in outcomes if outcome.error]
    assert sorted(outcome.value for outcome in outcomes) == ["open"] * len(pairs) + ["paid"] * 3 * len(pairs)
    owed = 0
    for old, new in pairs:
        assert db_balance(story, old) == 0
        owed += db_balance(story, new)
    left = sum(db.session.scalars(select(Payment.unallocated_minor).where(Payment.business_id == story.business_id)))
    assert owed - left == (AS_DRAFTED - sum(PARTS)) * len(pairs), "what is not used for the new ones is credit"
    came = sum(db.session.scalars(select(Payment.amount_minor).where(Payment.business_id == story.business_id)))
    assert came == sum(PARTS) * len(pairs)
    assert violations(story.business_id) == []


def db_balance(story: Story, invoice_id: uuid.UUID) -> int:
    db.session.rollback()
    return db.session.get_one(Invoice, (story.business_id, invoice_id), populate_existing=True).balance_minor


def test_an_invoice_that_is_replaced_while_it_is_paid_loses_no_money(app: Flask, config: Config) -> None:
    check_replaced(*replace_while_paid(app, config))


def test_without_the_locks_money_is_lost_or_something_breaks(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check_replaced(*replace_while_paid(app, config, disarm=no_locks)))


@pytest.mark.long
def test_the_long_form_replaces_and_pays_fifty_times(app: Flask, config: Config) -> None:
    for _ in range(50):
        check_replaced(*replace_while_paid(app, config))
