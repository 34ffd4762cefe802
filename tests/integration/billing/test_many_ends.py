"""When more services would go off by pauses and ends on one day than a business allows, they wait for a person."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.billing import queries, service
from app.billing.errors import BatchIsOver
from app.billing.models import DunningBatch
from app.billing.rules.dunning import Terms
from app.billing.service.cutting import approve_batch, restore_all
from app.billing.service.dunning_policies import set_policy
from app.billing.service.ordering import follow_days
from app.errors import NotFound
from app.extensions import db
from app.messages.models import Message
from tests.integration.billing.services import NOW, START, a_router, client_of, network, on_router, subscribed, work
from tests.support.tenants import Tenant

DAY = timedelta(days=1)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def many(tenant: Tenant, number: int) -> list[uuid.UUID]:
    """So many services on one router."""
    router_id, found = a_router(tenant), []
    for at_ in range(number):
        found.append(subscribed(tenant, client_of(tenant, f"Client {at_}")))
        on_router(tenant, found[-1], router_id, f"user{at_}")
    return found


def end(tenant: Tenant, ids: list[uuid.UUID], day: date) -> None:
    for one in ids:
        service.cancel(tenant.owner, one, ends_on=day, reason="By mistake", now=NOW)


def look(tenant: Tenant, day: date, hours: int = 0) -> int:
    """The hourly look, without what it has the queue do."""
    db.session.rollback()
    return follow_days(tenant.business_id, None, now=at(day) + timedelta(hours=hours))


def batch_of(tenant: Tenant) -> DunningBatch:
    db.session.rollback()
    mine = DunningBatch.business_id == tenant.business_id
    return db.session.scalars(select(DunningBatch).where(mine).order_by(DunningBatch.on_day.desc())).first()


def off(tenant: Tenant, ids: list[uuid.UUID]) -> int:
    return [network(tenant, one) for one in ids].count("suspended")


def told(tenant: Tenant) -> list[str]:
    db.session.rollback()
    query = select(Message.subject).where(Message.business_id == tenant.business_id, Message.kind == "cuts_held")
    return list(db.session.scalars(query.order_by(Message.id)))


@pytest.mark.engines("sqlite", "postgresql")
def test_too_many_ends_wait_until_somebody_approves_them(harmattan: Tenant) -> None:
    ids = many(harmattan, 8)
    end(harmattan, ids[:5], START + DAY)
    assert look(harmattan, START + DAY) == 0
    work()
    batch = batch_of(harmattan)
    assert (batch.state, off(harmattan, ids)) == ("held", 0)
    assert batch.reason == (
        "5 of 8 active services would be cut, which is more than 10 %."
        " For 5 of them a pause has begun or a term has ended."
    )
    assert told(harmattan) == ["5 services wait to be cut"]
    assert look(harmattan, START + DAY, 1) == 0
    assert told(harmattan) == ["5 services wait to be cut"], "the owners are told once"
    approve_batch(harmattan.owner, batch.id, now=at(START + DAY) + timedelta(hours=2))
    work()
    assert off(harmattan, ids) == 5
    [action] = queries.actions_of(harmattan.business_id, ids[0])
    assert (action.reason, action.created_by) == ("It was cancelled", harmattan.owner.person_id)
    assert look(harmattan, START + DAY, 4) == 0
    assert batch_of(harmattan).state == "done"


def test_what_was_approved_does_not_count_against_what_ends_after_it(harmattan: Tenant) -> None:
    ids = many(harmattan, 9)
    end(harmattan, ids[:5], START + DAY)
    look(harmattan, START + DAY)
    approve_batch(harmattan.owner, batch_of(harmattan).id, now=at(START + DAY))
    work()
    end(harmattan, ids[5:7], START + 2 * DAY)
    assert look(harmattan, START + 2 * DAY) == 2
    assert off(harmattan, ids) == 5, "the queue has not run"
    work()
    assert off(harmattan, ids) == 7


def test_few_go_off_by_themselves_and_count_for_the_rest_of_the_day(harmattan: Tenant) -> None:
    ids = many(harmattan, 9)
    end(harmattan, ids[:3], START + DAY)
    assert look(harmattan, START + DAY) == 3
    service.pause(harmattan.owner, ids[3], since=START + DAY, until=None, reason="Travels", now=NOW)
    assert look(harmattan, START + DAY, 1) == 0, "four in one day are more than three, and than 10 %"
    work()
    assert (off(harmattan, ids), batch_of(harmattan).state) == (3, "held")
    assert look(harmattan, START + 2 * DAY) == 1, "another day has a share of its own"


def test_what_is_called_off_waits_for_nobody(harmattan: Tenant) -> None:
    ids = many(harmattan, 5)
    for one in ids:
        service.pause(harmattan.owner, one, since=START + DAY, until=None, reason="By mistake", now=NOW)
    look(harmattan, START + DAY)
    assert batch_of(harmattan).state == "held"
    for one in ids[:3]:
        service.resume(harmattan.owner, one, on=START + DAY, now=at(START + DAY))
    assert look(harmattan, START + DAY, 1) == 2
    assert batch_of(harmattan).state == "done"
    work()
    assert off(harmattan, ids) == 2


def test_what_goes_on_again_is_switched_on_meanwhile(harmattan: Tenant) -> None:
    ids = many(harmattan, 6)
    service.pause(harmattan.owner, ids[5], since=START, until=START + DAY, reason="Travels", now=NOW)
    work()
    end(harmattan, ids[:5], START + DAY)
    assert look(harmattan, START + DAY) == 1
    work()
    assert (network(harmattan, ids[5]), off(harmattan, ids)) == ("active", 0)


def test_a_batch_that_was_undone_takes_none_until_the_next_day(harmattan: Tenant) -> None:
    ids = many(harmattan, 5)
    end(harmattan, ids, START + DAY)
    look(harmattan, START + DAY)
    restore_all(harmattan.owner, batch_of(harmattan).id, now=at(START + DAY))
    assert look(harmattan, START + DAY, 1) == 0
    assert batch_of(harmattan).state == "restored"
    assert look(harmattan, START + 2 * DAY) == 0
    assert (batch_of(harmattan).state, len(told(harmattan))) == ("held", 2)


def test_who_asks_one_by_one_is_done_at_once(harmattan: Tenant) -> None:
    ids = many(harmattan, 5)
    end(harmattan, ids, START)
    work()
    assert off(harmattan, ids) == 5


def test_the_rules_say_how_many_may_go(harmattan: Tenant) -> None:
    set_policy(harmattan.owner, Terms(breaker_count=5), 0, now=NOW)
    ids = many(harmattan, 5)
    end(harmattan, ids, START + DAY)
    assert look(harmattan, START + DAY) == 5


def test_another_business_neither_waits_nor_may_approve(harmattan: Tenant, savannah: Tenant) -> None:
    ids = many(harmattan, 5)
    end(harmattan, ids, START + DAY)
    assert look(savannah, START + DAY) == 0
    assert batch_of(savannah) is None
    look(harmattan, START + DAY)
    with pytest.raises(NotFound):
        approve_batch(savannah.owner, batch_of(harmattan).id, now=at(START + DAY))
    with pytest.raises(BatchIsOver):
        approve_batch(harmattan.owner, batch_of(harmattan).id, now=at(START + 2 * DAY))
