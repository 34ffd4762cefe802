"""The sweep sends each reminder once, whoever runs it and however often, and stops when the money is there."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from app import database
from app.auth.queries import timeline
from app.clients.models import Client
from app.clients.queries import document_recipients
from app.clients.service import archive_client, restore_client
from app.clock import day_in
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.service.noting import newly_overdue
from app.messages import service as messages
from app.money import Money
from app.payments import service as payments
from app.payments.service.refunding import GivenBack
from app.reminders import service
from app.reminders.queries import outlook
from app.reminders.service import writing as letters
from app.reminders.service.sweeping import look


def walk(days, count):
    """Sweep once a day for so many days, several times each."""
    sent = 0
    for _ in range(count):
        sent += days.sweep()
        assert days.sweep() == 0
        days.pass_by(1)
    return sent


def test_each_step_goes_out_once_on_its_day(days):
    invoice = days.invoice(5)
    walk(days, 40)
    kinds = [kind for kind, _, _ in days.messages()]
    assert kinds == ["reminder_before", "reminder_due", "reminder_overdue", "reminder_overdue", "reminder_last"]
    assert days.outcomes(invoice) == dict.fromkeys((-3, 0, 3, 10, 21), "queued")


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_one_that_was_overdue_when_it_was_issued_is_reminded_of_from_that_day_on(days, zone):
    days.change(timezone=zone)
    days.now = days.now.replace(hour=12)
    issued_on = day_in(days.now, zone)
    values = replace(days.story.draft_values("1500.00"), issue_date=issued_on - timedelta(days=60), terms_days=14)
    made = invoices.create_draft(days.story.owner, values, now=days.now)
    invoices.issue(days.story.owner, made.id, now=days.now)
    sent_on = []
    for day in range(40):
        sent_on += [day] * days.sweep()
        days.pass_by(1)
    assert sent_on == [3, 10, 21]
    assert [kind for kind, _, _ in days.messages()] == ["reminder_overdue", "reminder_overdue", "reminder_last"]


def test_what_is_paid_is_not_reminded_of(days):
    invoice = days.invoice(5)
    walk(days, 7)
    days.story.payment(invoice, 322_500)
    assert walk(days, 30) == 0


def test_a_void_or_written_off_one_is_left_alone(days):
    first, second = days.invoice(0), days.invoice(0)
    invoices.void(days.story.owner, first, "By mistake", now=days.now)
    invoices.write_off(days.story.owner, second, "Gone", now=days.now)
    db.session.remove()
    assert walk(days, 30) == 0


def test_a_reminder_in_the_outbox_does_not_leave_after_the_payment(days):
    invoice = days.invoice(0)
    assert days.sweep() == 1
    days.story.payment(invoice, 322_500)
    days.deliver()
    assert days.messages()[0] == ("reminder_due", "email", "cancelled")


def test_switched_off_nothing_goes_out(days):
    days.invoice(0)
    days.change(reminders=False)
    assert walk(days, 5) == 0


def test_after_days_of_silence_one_message_makes_up_for_all(days):
    invoice = days.invoice(4)
    days.pass_by(9)
    assert days.sweep() == 1
    assert days.outcomes(invoice) == {-3: "overtaken", 0: "overtaken", 3: "queued"}


def test_old_invoices_are_not_stormed_when_a_ladder_begins(days):
    """A step counts for days from its own first on: whoever switches reminders on does not write to everybody."""
    story = days.story
    days.pass_by(-60)
    days.invoice(10)
    days.pass_by(60)
    assert walk(days, 30) == 0
    assert story.business_id


def test_the_business_reminds_in_chunks_and_forgets_nobody(days, monkeypatch):
    monkeypatch.setattr("app.reminders.service.sweeping.CHUNK", 3)
    made = [days.invoice(0) for _ in range(7)]
    assert days.sweep() == 7
    assert {days.outcomes(one).get(0) for one in made} == {"queued"}


def test_the_daily_job_does_the_same_and_notes_what_became_overdue(days, monkeypatch):
    monkeypatch.setattr("app.clock.now", lambda: days.now)
    invoice = days.invoice(0)
    days.pass_by(3)
    assert [one.id for one in newly_overdue(days.story.business_id, days.now)] == [invoice]
    for _ in range(2):
        service.begin_day(days.story.business_id, days.now)
        days.deliver()
    assert days.messages() == [("reminder_overdue", "email", "sent")]
    assert newly_overdue(days.story.business_id, days.now) == []
    told = [event.verb for event in timeline(days.story.business_id, "invoice", invoice)]
    assert told.count("became_overdue") == 1


def test_a_look_changes_nothing(days):
    invoice = days.invoice(0)
    found = look(days.story.business_id, days.now)
    assert [(one.invoice_id, step.rung.days) for one, step in found.due] == [(invoice, 0)]
    assert days.messages() == []
    assert days.outcomes(invoice) == {}


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "lock off"])
def test_ten_sweeps_at_once_send_each_once(days, app, locked, monkeypatch):
    """The unique key does it, with or without locks."""
    monkeypatch.setattr(database, "LOCKS", locked or app.config["DUELY"].sqlite)
    made = [days.invoice(0) for _ in range(3)]
    gate = threading.Barrier(10)

    def run():
        with app.app_context():
            gate.wait()
            service.sweep(days.story.business_id, days.now)
            db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(days.messages()) == 3
    assert all(days.outcomes(one) == {0: "queued"} for one in made)


def test_another_business_is_not_touched(days, theirs):
    days.invoice(0)
    theirs.invoice(0)
    assert days.sweep() == 1
    assert theirs.messages() == []


def test_a_client_who_wants_none_gets_none(days):
    days.invoice(0)
    with writing():
        mine = Client.business_id == days.story.business_id
        db.session.execute(update(Client).where(mine).values(no_reminders_at=days.now))
    assert walk(days, 30) == 0


def test_quiet_hours_hold_it_back_but_it_is_written_down_at_once(days, monkeypatch):
    """Lagos is an hour ahead of UTC: at 22:30 there a reminder waits for eight in the morning."""
    night = days.now.replace(hour=21, minute=30, second=0, microsecond=0) + timedelta(days=1)
    monkeypatch.setattr("app.clock.now", lambda: night)
    days.now = night
    days.change(quiet_from=20, quiet_until=8)
    days.invoice(0)
    assert days.sweep() == 1
    days.deliver()
    assert days.messages() == [("reminder_due", "email", "queued")]
    monkeypatch.setattr("app.clock.now", lambda: night + timedelta(hours=9, minutes=31))
    days.deliver()
    # It is the day after by then.
    assert days.messages() == [("reminder_overdue", "email", "sent")]


def test_an_invoice_that_cannot_be_written_about_keeps_nobody_else_waiting(days, monkeypatch):
    first, second = days.invoice(0), days.invoice(0)
    real = letters.letter

    def letter(business_id, invoice_id, *rest, **more):
        if invoice_id == first:
            raise ValueError("this one is broken")
        return real(business_id, invoice_id, *rest, **more)

    monkeypatch.setattr(letters, "letter", letter)
    assert days.sweep() == 1
    assert (days.outcomes(first), days.outcomes(second)) == ({}, {0: "queued"})


def test_who_cannot_be_reached_is_noted_and_not_counted_as_reminded(days):
    invoice = days.invoice(0)
    [(_, address)] = document_recipients(days.story.business_id, days.story.client_id)
    messages.mark(days.story.business_id, "email", address, failed_at=days.now, reason="It bounced.")
    assert days.sweep() == 0
    assert days.outcomes(invoice) == {0: "unreachable"}


def test_a_client_who_moves_between_ladders_is_not_told_twice(days):
    invoice = days.invoice(0)
    assert days.sweep() == 1
    service.begin_ladder(days.story.owner, now=days.now, client_id=days.story.client_id)
    days.pass_by(1)
    assert days.sweep() == 0
    service.end_ladder(days.story.owner, days.story.client_id, now=days.now)
    days.pass_by(1)
    assert days.sweep() == 0
    assert days.outcomes(invoice) == {0: "queued"}


def test_the_words_are_those_that_are_true_on_the_day(days):
    """Due on a Saturday, written about on the Monday: overdue by then."""
    days.change(workdays="12345")
    saturday = days.today + timedelta(days=(5 - days.today.weekday()) % 7)
    days.invoice((saturday - days.today).days)
    days.pass_by((saturday - days.today).days + 2)
    days.sweep()
    assert days.messages()[-1][0] == "reminder_overdue"


def money_went_back(days):
    """An invoice, due today, that was paid and owes again because the money was given back."""
    invoice, owner = days.invoice(0), days.story.owner
    payment = days.story.payment(invoice, 322_500)
    told = GivenBack(Money(322_500, "NGN"), "cash", days.today, "They asked for it")
    payments.refund(owner, "payment", payment, told, now=days.now)
    db.session.remove()
    return invoice


def test_one_that_owes_again_because_money_went_back_is_left_to_people(days):
    invoice = money_went_back(days)
    assert walk(days, 30) == 0
    assert days.outcomes(invoice) == {}


def test_a_person_may_remind_of_it_all_the_same(days, monkeypatch):
    invoice = money_went_back(days)
    monkeypatch.setattr("app.clock.now", lambda: days.now)
    seen = outlook(days.story.business_id, invoice, days.now)
    assert {step.state for step in seen.steps} == {"by_hand"}
    step = next(step for step in seen.steps if step.rung.days == 0)
    browser = days.story.visitor("staff")
    page = browser.get(f"/invoices/{invoice}/").text
    assert "Money for it went back, so no reminder goes out by itself." in page
    at = f"/invoices/{invoice}/reminders/{step.rung.id}/send-now/"
    assert at in page
    assert "Do you want to ask the client for it all the same?" in browser.get(at).text
    browser.post(at)
    db.session.remove()
    days.deliver()
    assert [said for said in days.messages() if said[0] != "receipt"] == [("reminder_due", "email", "sent")]
    assert days.outcomes(invoice) == {0: "queued"}
    assert walk(days, 30) == 0


def archive(days, *, bring_back=False):
    (restore_client if bring_back else archive_client)(days.story.owner, days.story.client_id, days.now)
    db.session.remove()


def test_who_is_archived_is_not_reminded_until_they_are_brought_back(days):
    invoice = days.invoice(3)
    archive(days)
    assert walk(days, 7) == 0
    assert look(days.story.business_id, days.now).due == []
    assert days.outcomes(invoice) == {}
    archive(days, bring_back=True)
    assert days.sweep() == 1
    assert days.outcomes(invoice) == {-3: "overtaken", 0: "overtaken", 3: "queued"}


def test_what_waits_for_somebody_who_is_archived_does_not_leave(days):
    days.invoice(0)
    days.sweep()
    archive(days)
    days.deliver()
    assert days.messages() == [("reminder_due", "email", "cancelled")]


def test_the_pages_say_that_a_client_is_archived_and_what_stays_open(days, monkeypatch):
    first = days.invoice(0)
    days.invoice(3)
    monkeypatch.setattr("app.clock.now", lambda: days.now)
    browser, client = days.story.visitor("staff"), f"/clients/{days.story.client_id}/"
    asked = browser.get(f"{client}archive/").text
    assert "2 invoices stay open, ₦6,450.00 in all." in asked
    archive(days)
    assert "The client is archived." in browser.get(f"/invoices/{first}/").text
    assert "is archived, so no reminders go out" in browser.get(f"{client}reminders/").text
    archive(days, bring_back=True)
    assert "The client is archived." not in browser.get(f"/invoices/{first}/").text


def test_a_wrong_entry_that_was_undone_leaves_it_owed_and_reminded_of(days):
    payment = days.story.payment(days.invoice(0), 322_500)
    payments.reverse_payment(days.story.owner, payment, "Typed for the wrong one", now=days.now)
    db.session.remove()
    assert days.sweep() == 1
