"""Credit that is used while its payment is undone or given back: one after the other, and nobody waits in a circle."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Flask

from app import clock
from app.auth.rules import Actor
from app.extensions import db
from app.money import Money
from app.payments import service as payments
from app.payments.models import Payment
from app.payments.service.refunding import GivenBack
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.test_books import attempted, books_are_right
from tests.integration.races.test_payments import no_locks
from tests.support.story import Story, a_business

PAID, ROUNDS = 1_000_000, 3


def use_or_take(actor: Actor, what: str, payment_id: uuid.UUID, other: uuid.UUID) -> str:
    """Use the payment's credit for another invoice, undo the payment, or give a part of it back."""
    now = clock.now()
    if what == "use":
        return "use " + attempted(payments.apply_credit, actor, payment_id, other, now=now, amount_minor=100_000)
    if what == "undo":
        return "undo " + attempted(payments.reverse_payment, actor, payment_id, "Bounced", now=now)
    told = GivenBack(Money(600_000, "NGN"), "cash", clock.today("Africa/Lagos"), "Asked for it")
    return "give " + attempted(payments.refund, actor, "payment", payment_id, told, now=now)


def race(
    app: Flask, config: Config, disarm: Callable[[], None] | None = None
) -> tuple[Story, uuid.UUID, list[Outcome]]:
    story = a_business(app)
    payment_id = story.payment(story.issued(), PAID)
    others = [story.issued() for _ in range(4)]
    pieces = [(story.owner, "use", payment_id, other) for other in others]
    pieces += [(story.owner, what, payment_id, others[0]) for what in ("undo", "give", "give", "undo")]
    db.session.remove()
    return story, payment_id, all_at_once(config, use_or_take, pieces, processes=4, disarm=disarm)


def check(app: Flask, story: Story, payment_id: uuid.UUID, outcomes: list[Outcome]) -> None:
    """Whoever came first was served, everybody else was told why not, and the books say the same."""
    assert not [outcome.error for outcome in outcomes if outcome.error]
    done = [outcome.value for outcome in outcomes if outcome.value.endswith("done")]
    assert done.count("undo done") + done.count("give done") == 1, done
    db.session.remove()
    payment = db.session.get_one(Payment, (story.business_id, payment_id))
    assert payment.refunded_minor == 600_000 * done.count("give done")
    books_are_right(app)


def test_credit_is_used_undone_or_given_back_one_after_the_other(app: Flask, config: Config) -> None:
    for _ in range(ROUNDS):
        check(app, *race(app, config))


def test_without_the_lock_money_is_given_back_twice_or_something_breaks(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check(app, *race(app, config, disarm=no_locks)))
