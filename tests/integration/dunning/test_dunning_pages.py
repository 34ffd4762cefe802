"""The pages of dunning: rules, who is about to be cut, batches, promises, and a late fee that is waived."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import inspect, select

from app import clock
from app.billing.models import DunningBatch, DunningCut, LateFee, Subscription
from app.billing.queries.dunning_policies import policy_of
from app.billing.service.gathering import close_day
from app.billing.service.promising import promise
from app.database import new_id, writing
from app.extensions import db
from app.reminders import service as reminders
from app.reminders.queries import rungs
from app.reminders.rules import ActValues
from tests.guards.route_table import policy
from tests.integration.dunning.conftest import lived


@pytest.fixture
def visitor(office):
    return office.story.visitor()


def saved(office, **keys):
    db.session.rollback()
    return policy_of(office.id, **keys)


def ladder(office, **keys):
    db.session.rollback()
    return rungs(office.id, **keys)


def held_batch(office):
    """The id of the one batch there is."""
    return db.session.scalars(select(DunningBatch.id).where(DunningBatch.business_id == office.id)).one()


def test_the_rules_are_read_and_changed(office, visitor):
    page = visitor.get("/settings/dunning/").text
    assert "Days of grace" in page
    row = saved(office)
    form = policy() | {"version": str(row.version), "grace_days": "9", "spared_tags": "school, hospital"}
    answer = visitor.post("/settings/dunning/", data=form | {"least_owed": "NGN 2,000.00\nUSD 5"})
    assert answer.status_code == 303
    row = saved(office)
    assert (row.grace_days, row.spared_tags, row.quiet_days) == (9, ["hospital", "school"], "5")
    assert row.least_owed == {"NGN": 200_000, "USD": 500}
    again = visitor.post("/settings/dunning/", data=form | {"grace_days": "1"})
    assert again.status_code == 409
    assert saved(office).grace_days == 9


def test_a_step_is_added_and_taken_off_while_what_is_typed_above_the_ladder_stays(office, visitor):
    """The ladder alone is answered, so the form above it is not drawn anew."""
    form = {"kind": "throttle", "days": "12"}
    for _ in ("once", "and again, which is refused"):
        answer = visitor.post("/settings/dunning/steps/", data=form, headers={"HX-Request": "true"})
        assert 'id="ladder"' in answer.text
        assert "grace_days" not in answer.text
    assert answer.status_code == 422
    [step] = ladder(office)
    answer = visitor.post(f"/settings/dunning/steps/{step.id}/end/", headers={"HX-Request": "true"})
    assert (answer.status_code, "grace_days" in answer.text, ladder(office)) == (200, False, [])


RULES = {"grace_days": "9", "spared_tags": "school, hospital", "least_owed": "NGN 2,000.00", "breaker_percent": "41"}
"""What is typed above the ladder, none of which stands there before."""


def kept(page, **typed):
    """Whether a page shows rules as they were typed."""
    fields = {name: re.search(rf'<(?:input|textarea)[^>]*name="{name}"[^>]*>([^<]*)', page) for name in typed}
    return all(value in found[0] for (name, value) in typed.items() if (found := fields[name]))


@pytest.mark.parametrize("whose", ["all", "plan", "client"])
def test_without_scripts_nothing_that_was_typed_is_lost_when_a_step_is_added_or_taken_off(office, visitor, whose):
    """The buttons of the ladder send the rules along; they come back as typed, and are not saved."""
    url, keys = "/settings/dunning/", {}
    if whose != "all":
        client, _, _ = office.customer()
        keys = {"plan_id": office.plan_id} if whose == "plan" else {"client_id": client}
        url += f"{whose}s/{next(iter(keys.values()))}/"
        reminders.begin_ladder(office.story.owner, now=office.now, **keys)
        reminders.add_act(office.story.owner, ActValues("throttle", 3), now=office.now, **keys)
    page = visitor.get(url).text
    assert "<noscript" not in page.split('id="ladder"')[1]
    assert f'form="settings" formaction="{url}steps/"' in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    sent = policy() | RULES | {"version": version, "enabled": ""}
    before = saved(office, **keys) and saved(office, **keys).grace_days
    added = visitor.post(url + "steps/", data=sent | {"kind": "suspend", "days": "45"})
    assert (added.status_code, kept(added.text, **RULES)) == (200, True)
    assert "The step is on the ladder." in added.text
    assert 'value="45"' not in added.text, "it is on the ladder, and no longer typed"
    [step] = [one for one in ladder(office, **keys) if one.kind == "suspend"]
    refused = visitor.post(url + "steps/", data=sent | {"kind": "suspend", "days": "45", "owed": "777"})
    assert (refused.status_code, kept(refused.text, **RULES, days="45", owed="777")) == (422, True)
    off = visitor.post(f"{url}steps/{step.id}/end/", data=sent | {"kind": "cancel", "days": "60", "owed": ""})
    assert (off.status_code, kept(off.text, **RULES, days="60")) == (200, True)
    assert step.id not in [one.id for one in ladder(office, **keys)]
    assert (saved(office, **keys) and saved(office, **keys).grace_days) == before
    version = re.search(r'name="version"[^>]*value="(\d+)"', off.text)[1]
    assert visitor.post(url, data=sent | {"version": version, "days": ""}).status_code == 303
    assert saved(office, **keys).grace_days == 9


def test_saving_the_rules_keeps_a_step_that_was_typed_and_not_added(office, visitor):
    sent = policy() | RULES | {"version": str(saved(office).version), "kind": "cancel", "days": "60", "owed": "12"}
    wrong = visitor.post("/settings/dunning/", data=sent | {"grace_days": "soon"})
    assert (wrong.status_code, kept(wrong.text, days="60", owed="12")) == (422, True)
    answer = visitor.post("/settings/dunning/", data=sent)
    assert answer.status_code == 200
    assert kept(answer.text, grace_days="9", breaker_percent="41", days="60", owed="12")
    assert "The step that you typed is not on the ladder yet." in answer.text
    assert (saved(office).grace_days, ladder(office)) == (9, [])
    stale = visitor.post("/settings/dunning/", data=sent)
    assert (stale.status_code, kept(stale.text, days="60", owed="12")) == (409, True)


def test_what_needs_no_channel_says_nothing_about_one(office, visitor):
    office.step("suspend", 10)
    for channel in ("email", "sms"):
        reminders.add_step(office.story.owner, 5, channel, "reminder_overdue", now=office.now)
    office.pass_by((clock.now() - office.now).days)
    _, _, invoice = office.customer()
    page = visitor.get(f"/invoices/{invoice}/").text
    assert page.lower().count("nobody can be reached that way") == 1
    assert "Service suspended" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"warning_days": "0"}, "1"),
        ({"least_owed": "2000"}, "Write a currency and an amount"),
        ({f"quiet_{day}": "y" for day in range(1, 8)}, "Leave at least one day"),
    ],
)
def test_rules_that_make_no_sense_are_refused(office, visitor, typed, said):
    answer = visitor.post("/settings/dunning/", data=policy() | {"version": str(saved(office).version)} | typed)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_step_is_put_on_the_ladder_and_taken_off(office, visitor):
    answer = visitor.post("/settings/dunning/steps/", data={"kind": "suspend", "days": "45", "owed": "1000"})
    assert answer.status_code == 303
    [step] = ladder(office)
    assert (step.kind, step.days, step.owed_minor, step.currency) == ("suspend", 45, 100_000, "NGN")
    twice = visitor.post("/settings/dunning/steps/", data={"kind": "suspend", "days": "45"})
    assert twice.status_code == 422
    assert "There is a step of that kind on that day already." in twice.text
    page = visitor.get("/settings/dunning/").text
    assert "Service suspended, when at least ₦1,000.00 is owed" in page
    assert "Service suspended" in visitor.get("/settings/reminders/").text
    visitor.post(f"/settings/dunning/steps/{step.id}/end/")
    assert ladder(office) == []


def test_a_fee_needs_a_percentage_or_an_amount(office, visitor):
    answer = visitor.post("/settings/dunning/steps/", data={"kind": "late_fee", "days": "14"})
    assert "Enter a percentage or an amount, and not both." in answer.text
    form = {"kind": "late_fee", "days": "14", "fee_percent": "2.5", "fee_least_minor": "500"}
    assert visitor.post("/settings/dunning/steps/", data=form).status_code == 303
    assert "Late fee of 2.5 %, at least ₦500.00" in visitor.get("/settings/dunning/").text


def test_a_plan_and_a_client_may_have_rules_and_a_ladder_of_their_own(office, visitor):
    office.step("suspend", 45)
    client, _, _ = office.customer()
    for url, keys in (
        (f"/settings/dunning/plans/{office.plan_id}/", {"plan_id": office.plan_id}),
        (f"/settings/dunning/clients/{client}/", {"client_id": client}),
    ):
        assert "They have nothing of their own yet" in visitor.get(url).text
        assert visitor.post(url, data=policy() | {"grace_days": "3"}).status_code == 303
        assert saved(office, **keys).grace_days == 3
        visitor.post(url + "ladder/")
        visitor.post(url + "steps/", data={"kind": "throttle", "days": "20"})
        assert [step.kind for step in ladder(office, **keys)] == ["throttle", "suspend"]
        visitor.post(url + "ladder/end/")
        assert ladder(office, **keys) == []
        visitor.post(url + "end/")
        assert saved(office, **keys) is None


def test_staff_see_the_rules_and_change_none(office):
    staff = office.story.visitor("staff")
    assert staff.get("/settings/dunning/").status_code == 200
    assert staff.post("/settings/dunning/", data=policy()).status_code == 403
    assert staff.post("/settings/dunning/steps/", data={"kind": "suspend", "days": "45"}).status_code == 403


def test_the_page_says_who_is_about_to_be_cut_and_what_holds_it_up(office, visitor):
    assert "Nobody is about to be cut" in visitor.get("/billing/dunning/").text
    _, _, invoice = lived(office, 8)
    page = visitor.get("/billing/dunning/").text
    assert "A last warning goes out first." in page
    office.walk(3)
    page = visitor.get(f"/invoices/{invoice}/").text
    assert "Service suspended" in page
    assert "a last warning went out in time" in page
    assert "Warned of a cut" in page


def test_a_batch_that_is_held_is_shown_approved_and_undone(office, visitor):
    office.policy(breaker_percent=1, breaker_count=0)
    _, service, _ = lived(office, 13)
    batch_id = held_batch(office)
    url = f"/billing/dunning/{batch_id}/"
    page = visitor.get("/billing/dunning/").text
    assert "Nothing was cut today." in page
    assert "Waits for your approval" in page
    assert "With the next sweep" not in page
    assert "No service was cut today" in visitor.get("/").text
    assert "more than 1 %" in visitor.get(url).text
    assert "Cut these services?" in visitor.get(url + "approve/").text
    assert visitor.post(url + "approve/").status_code == 303
    from app.billing.service.cutting import carry_out

    carry_out(office.id, batch_id, clock.now())
    assert office.suspended(service)
    assert "13 days overdue on" in visitor.get(url).text
    again = visitor.post(url + "approve/")
    assert again.headers["Location"].endswith("/billing/dunning/")
    assert "Undo the batch" in visitor.get(url + "restore/").text
    visitor.post(url + "restore/")
    assert not office.suspended(service)
    close_day(office.id, clock.now())
    assert not office.suspended(service)


def test_who_comes_too_late_to_a_batch_is_told_what_became_of_it(office, visitor):
    office.policy(breaker_percent=1, breaker_count=0)
    lived(office, 13)
    batch_id = held_batch(office)
    url = f"/billing/dunning/{batch_id}/"
    visitor.post(url + "approve/")
    late = visitor.get(url + "approve/").text
    assert "It was approved and is under way." in late
    assert "Cut these services?" not in late
    assert f'<a class="link" href="{url}">Look at the batch</a>' in late
    visitor.post(url + "restore/")
    for verb in ("approve/", "restore/"):
        late = visitor.get(url + verb).text
        assert "It was undone as a whole." in late
        assert "Of its services: 1 left alone." in late


def copied(row, **changes):
    """Another row like this one."""
    values = {one.key: getattr(row, one.key) for one in inspect(type(row)).column_attrs} | {"id": new_id()} | changes
    new = type(row)(**values)
    db.session.add(new)
    return new


def test_a_large_batch_is_counted_whole_and_shown_page_by_page(office, visitor):
    office.policy(breaker_percent=1, breaker_count=0)
    lived(office, 13)
    batch_id = held_batch(office)
    with writing():
        [cut] = db.session.scalars(select(DunningCut).where(DunningCut.batch_id == batch_id))
        service = db.session.get(Subscription, (office.id, cut.subscription_id))
        for number in range(249):
            another = copied(service)
            db.session.flush()
            copied(cut, subscription_id=another.id, days=100 + number)
    url = f"/billing/dunning/{batch_id}/"
    assert "250 services are cut" in visitor.get(url + "approve/").text
    seen = []
    while url:
        page = visitor.get(url).text
        assert "250 to come." in page
        seen += re.findall(r"(\d+) days overdue on", page)
        on = re.search(r'href="([^"]*)" rel="next"', page)
        url = on[1].replace("&amp;", "&") if on else ""
    assert len(seen) == len(set(seen)) == 250


def test_staff_cannot_approve(office):
    office.policy(breaker_percent=1, breaker_count=0)
    lived(office, 13)
    batch_id = held_batch(office)
    staff = office.story.visitor("staff")
    assert staff.get(f"/billing/dunning/{batch_id}/").status_code == 200
    assert staff.post(f"/billing/dunning/{batch_id}/approve/").status_code == 403
    assert staff.post(f"/billing/dunning/{batch_id}/restore/").status_code == 403


def test_staff_note_a_promise_and_see_it(office):
    client, _, invoice = lived(office, 3)
    staff = office.story.visitor("staff")
    day = (clock.now() + timedelta(days=5)).date().isoformat()
    assert "Note a promise to pay" in staff.get(f"/invoices/{invoice}/promise/").text
    refused = staff.post(f"/invoices/{invoice}/promise/", data={"until": day, "amount": "10,001"})
    assert refused.status_code == 422
    assert "That is more than the" in refused.text
    assert staff.post(f"/invoices/{invoice}/promise/", data={"until": day}).status_code == 303
    assert "₦10,000.00 promised" in staff.get(f"/invoices/{invoice}/").text
    assert staff.post(f"/clients/{client}/promise/", data={"until": day, "amount": "500"}).status_code == 303
    assert "₦500.00 promised" in staff.get(f"/clients/{client}/reminders/").text


def test_a_late_fee_is_waived_on_its_page(office, visitor):
    office.now = clock.now() - timedelta(days=6)
    office.step("late_fee", 5, fee_percent=Decimal(5))
    office.customer()
    office.walk(6)
    fee = db.session.scalars(select(LateFee.fee_invoice_id).where(LateFee.business_id == office.id)).one()
    page = visitor.get(f"/invoices/{fee}/").text
    assert "Waive the fee" in page
    assert "Made as a late fee" in page
    assert "Waive this late fee?" in visitor.get(f"/invoices/{fee}/waive/").text
    assert visitor.post(f"/invoices/{fee}/waive/", data={"reason": "Sorry"}).status_code == 303
    assert "Waive the fee" not in visitor.get(f"/invoices/{fee}/").text


def test_a_late_fee_is_shown_to_staff_once_what_was_late_is_paid(app, office, theirs):
    office.step("late_fee", 5, fee_percent=Decimal(5))
    office.now = clock.now() - timedelta(days=60)
    _, _, invoice = office.customer()
    office.walk(7)
    fee = db.session.scalars(select(LateFee.fee_invoice_id).where(LateFee.business_id == office.id)).one()
    visitor, left = office.story.visitor(), "late fee is left over"
    assert left not in visitor.get("/").text, "the reminders of what was late ask for it"
    office.pay(invoice, 1_000_000)
    page = visitor.get("/").text
    assert left in page
    assert f"/invoices/{fee}/" in page
    listed = visitor.get("/billing/dunning/").text
    assert "Late fees left over" in listed
    assert f"/invoices/{fee}/" in listed
    stranger = theirs.story.visitor()
    assert "left over" not in stranger.get("/").text + stranger.get("/billing/dunning/").text
    assert visitor.post(f"/invoices/{fee}/waive/", data={"reason": "Goodwill"}).status_code in (200, 303)
    assert "left over" not in visitor.get("/").text + visitor.get("/billing/dunning/").text


def test_a_customer_promises_on_their_page(app, office):
    _, _, invoice = lived(office, 3)
    url = f"/i/{office.story.link(invoice)}/"
    customer = app.test_client()
    assert "Pay later, by a day you choose" in customer.get(url).text
    far = (clock.now() + timedelta(days=30)).date().isoformat()
    refused = customer.post(url + "promise/", data={"until": far})
    assert refused.status_code == 422
    assert "Choose a day within 14 days." in refused.text
    day = (clock.now() + timedelta(days=5)).date().isoformat()
    assert customer.post(url + "promise/", data={"until": day}).status_code == 303
    page = customer.get(url).text
    assert "You promised to pay by" in page
    assert "Pay later, by a day you choose" not in page
    assert customer.get(url + "promise/").status_code == 303


def test_a_customer_whose_promise_was_broken_is_told_to_talk_to_somebody(app, office):
    _, _, invoice = lived(office, 6)
    then = office.now - timedelta(days=3)
    promise(office.story.owner, then.date() + timedelta(days=1), now=then, invoice_id=invoice)
    office.sweep()
    url, customer = f"/i/{office.story.link(invoice)}/", app.test_client()
    page = customer.get(url).text
    assert "What was promised for this invoice did not come in time" in page
    assert "Pay later, by a day you choose" not in page
    day = (clock.now() + timedelta(days=5)).date().isoformat()
    customer.post(url + "promise/", data={"until": day})
    assert "You promised to pay by" not in customer.get(url).text


def test_a_customer_is_asked_for_nothing_where_nothing_is_cut(app, office):
    office.policy(enabled=False)
    _, _, invoice = lived(office, 3)
    customer = app.test_client()
    assert "Pay later" not in customer.get(f"/i/{office.story.link(invoice)}/").text


def test_the_audit_finds_nothing_wrong(app, office):
    from app.billing.dunning_checks import CHECKS

    lived(office, 15)
    assert [said for check in CHECKS for said in check(office.id, clock.now())] == []
