"""A notice, the customer's way back, the planned question and a refund, in all of their 24 orders and all at once.

Whoever is first, the books say the same in the end: the money came once, what went back went back once, nothing is
left over and nobody was told a thing that is not so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import clock
from app.errors import DuelyError
from app.extensions import db
from app.invoices import service as invoices
from config import Config
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack, run_fake_paystack
from tests.integration.races import orders
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.orders import HANDS, ORDERS, PART, TOTAL, Case
from tests.integration.races.test_payments import GATEWAY_REFERENCE
from tests.support.sound import violations
from tests.support.story import Story, a_business

THERE, HERE = "refunded there", "refunded from here"
END = {
    THERE: {
        "attempt": "paid",
        "invoice": ("open", 0),
        "payments": [(TOTAL, 0, 0, [])],
        "settles": TOTAL,
        "refunds": [],
        "held": [PART],
    },
    HERE: {
        "attempt": "paid",
        "invoice": ("open", TOTAL),
        "payments": [(TOTAL, 0, TOTAL, [])],
        "settles": 0,
        "refunds": [(TOTAL, "done")],
        "held": [],
    },
}
"""What the books say of each payment in the end, whatever the order was."""


@pytest.fixture
def paystack() -> Iterator[FakePaystack]:
    """Paystack on a port of this machine."""
    with run_fake_paystack() as fake:
        yield fake


@pytest.fixture
def config(database_url: str, tmp_path: Path, paystack: FakePaystack) -> Config:
    """Settings that every process of a race shares, for that Paystack."""
    here = tmp_path / "instance"
    return Config.for_tests(
        database_url=database_url, instance_dir=here, web_threads=20, paystack_base_url=paystack.base_url
    )


def kind_of(case: Case) -> str:
    return THERE if case.refund_notice else HERE


def all_end_alike(story: Story, paystack: FakePaystack, cases: list[Case]) -> None:
    """Let the rest of the planned work be done, and hold every case and Paystack's own books against the end."""
    orders.work_off(story.business_id, rounds=1)
    for refund in paystack.books.refunds:
        if not refund.dashboard and refund.status == "pending":
            paystack.move_refund(refund.id, "processed")
            case = next(one for one in cases if one.reference == refund.transaction.reference)
            orders.notify(case, paystack.refund_notice(refund))
    orders.work_off(story.business_id)
    assert [orders.outcome(case) for case in cases] == [END[kind_of(case)] for case in cases]
    assert violations(story.business_id) == []
    assert orders.unfinished(story.business_id) == []
    went_back = {HERE: TOTAL, THERE: PART}
    for case in cases:
        assert paystack.books.refunded(case.reference, TEST_KEY, promised=True) == went_back[kind_of(case)]
    assert len(paystack.books.refunds) == len(cases)


# -- one after the other -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [THERE, HERE])
def test_in_whatever_order_they_come_one_after_the_other(app: Flask, paystack: FakePaystack, kind: str) -> None:
    story = orders.connected(a_business(app))
    cases = [orders.paid(story, paystack, refunded_there=kind == THERE) for _ in ORDERS]
    for case, order in zip(cases, ORDERS, strict=True):
        one_after_the_other(case, order)
    all_end_alike(story, paystack, cases)


def one_after_the_other(case: Case, order: tuple[str, ...]) -> None:
    """Where nothing came yet that staff could give back, they do so when it has come."""
    postponed = False
    for hand in order:
        if hand == "refund" and not case.refund_notice and orders.payment_of(case) is None:
            postponed = True
        else:
            orders.do(case, hand)
    if postponed:
        orders.do(case, "refund")


# -- all at once -------------------------------------------------------------------------------------------------------


def race(
    app: Flask,
    config: Config,
    paystack: FakePaystack,
    kinds: tuple[str, ...] = (THERE, HERE),
    ready: Callable[[], None] = orders.ready,
    chosen: tuple[tuple[str, ...], ...] = ORDERS,
):
    """A payment for each order, of these kinds in turn, and all four hands on each of them at the same moment."""
    story = orders.connected(a_business(app))
    paystack.books.refunds.clear()
    cases = [orders.paid(story, paystack, refunded_there=kinds[n % len(kinds)] == THERE) for n in range(len(chosen))]
    pieces = [(case, hand, order.index(hand)) for case, order in zip(cases, chosen, strict=True) for hand in HANDS]
    db.session.remove()
    return story, cases, all_at_once(config, orders.do, pieces, processes=6, disarm=ready)


def check(paystack: FakePaystack, story: Story, cases: list[Case], outcomes: list[Outcome]) -> None:
    assert not [outcome.error for outcome in outcomes if outcome.error]
    assert not [outcome.value for outcome in outcomes if outcome.value in ("failed", "nothing came")]
    all_end_alike(story, paystack, cases)


def test_all_at_once_they_end_as_they_do_one_after_the_other(
    app: Flask, config: Config, paystack: FakePaystack
) -> None:
    check(paystack, *race(app, config, paystack))


def test_without_the_locks_they_do_not(
    app: Flask, config: Config, paystack: FakePaystack, drop_index: Callable[..., None]
) -> None:
    drop_index(GATEWAY_REFERENCE)
    unguarded = {"ready": orders.ready_without_locks, "chosen": ORDERS[::3]}
    assert race_until_lost(lambda: check(paystack, *race(app, config, paystack, **unguarded)))


@pytest.mark.long
@pytest.mark.parametrize("kind", [THERE, HERE])
def test_the_long_form_has_all_orders_at_once_twenty_times(
    app: Flask, config: Config, paystack: FakePaystack, kind: str
) -> None:
    for _ in range(20):
        check(paystack, *race(app, config, paystack, kinds=(kind,)))


# -- a notice that never came, came first, came again and again, came too late -----------------------------------------


def test_a_notice_that_never_came_is_not_needed(app: Flask, paystack: FakePaystack) -> None:
    story = orders.connected(a_business(app))
    case = orders.paid(story, paystack, refunded_there=False)
    orders.work_off(story.business_id)
    assert orders.outcome(case)["payments"] == [(TOTAL, 0, 0, [])]
    assert violations(story.business_id) == []


def test_a_notice_that_came_before_the_checkout_page_was_noted(app: Flask, paystack: FakePaystack) -> None:
    story = orders.connected(a_business(app))
    case, opened = orders.paid_before_the_page_was_noted(story, paystack)
    assert orders.do(case, "notice") == "done"
    orders.note_page(case, opened)
    assert orders.outcome(case)["attempt"] == "paid"
    assert orders.outcome(case)["payments"] == [(TOTAL, 0, 0, [])]
    orders.work_off(story.business_id)
    assert orders.outcome(case)["payments"] == [(TOTAL, 0, 0, [])]
    assert violations(story.business_id) == []


def test_a_notice_that_comes_twice_and_again_after_all_went_back_changes_nothing(
    app: Flask, paystack: FakePaystack
) -> None:
    story = orders.connected(a_business(app))
    case = orders.paid(story, paystack, refunded_there=False)
    for hand in ("notice", "notice", "refund", "notice", "callback", "janitor"):
        orders.do(case, hand)
    all_end_alike(story, paystack, [case])
    for hand in ("callback", "janitor"):
        orders.do(case, hand)
    all_end_alike(story, paystack, [case])


def void_or_hear(case: Case, hand: str) -> str:
    """Staff void the invoice, or one of the others hears of the money."""
    if hand != "void":
        return hand + " " + orders.do(case, hand)
    try:
        invoices.void(case.actor, orders.invoice_of(case), "Sent twice", now=clock.now())
    except DuelyError as error:
        return f"void {type(error).__name__}"
    return "void done"


def test_money_for_an_invoice_that_is_voided_at_the_same_moment_settles_it_or_is_credit(
    app: Flask, config: Config, paystack: FakePaystack
) -> None:
    story = orders.connected(a_business(app))
    cases = [orders.paid(story, paystack, refunded_there=False) for _ in range(10)]
    hands = ("void", "notice", "callback", "janitor")
    pieces = [(case, hand) for case in cases for hand in hands]
    db.session.remove()
    outcomes = all_at_once(config, void_or_hear, pieces, disarm=orders.ready)
    assert not [outcome.error for outcome in outcomes if outcome.error]
    voided = [outcome.value for outcome in outcomes if outcome.value.startswith("void")]
    assert set(voided) <= {"void done", "void HasPayments"}
    orders.work_off(story.business_id)
    ends = [orders.outcome(case) for case in cases]
    assert [end["attempt"] for end in ends] == ["paid"] * 10
    gone = [end for end in ends if end["invoice"] == ("void", 0)]
    kept = [end for end in ends if end["invoice"] == ("open", 0)]
    assert (len(gone), len(kept)) == (voided.count("void done"), voided.count("void HasPayments"))
    assert all(end["payments"] == [(TOTAL, TOTAL, 0, [])] for end in gone)
    assert all(end["payments"] == [(TOTAL, 0, 0, [])] for end in kept)
    assert violations(story.business_id) == []
