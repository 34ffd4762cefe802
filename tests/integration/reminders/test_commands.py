"""`flask send-payment-reminders` and `mark-overdue-invoices`: what they would do, and that they do it once."""

from __future__ import annotations

import pytest

from app.extensions import db


@pytest.fixture
def run(app, days, monkeypatch):
    """Runs a command at the day of the test; returns its lines."""
    monkeypatch.setattr("app.clock.now", lambda: days.now)

    def command(*arguments: str) -> list[str]:
        db.session.remove()
        result = app.test_cli_runner().invoke(args=list(arguments))
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()

    return command


def test_a_dry_run_says_what_would_go_out_and_the_command_does_it_once(days, run):
    days.invoice(0)
    assert run("send-payment-reminders", "--dry-run") == run("send-payment-reminders", "--dry-run")
    said = run("send-payment-reminders", "--dry-run")
    assert said[-1] == "1 reminders would be sent"
    assert "Lekki Hub: on the due date" in said[0]
    assert days.messages() == []
    assert run("send-payment-reminders")[-1] == "1 reminders put into the outbox"
    assert run("send-payment-reminders") == ["0 reminders put into the outbox"]
    assert len(days.messages()) == 1


@pytest.mark.parametrize("name", ["mark-overdue-invoices", "check-overdue-invoices"])
def test_overdue_invoices_are_noted_once(days, run, name):
    days.invoice(0)
    days.pass_by(1)
    assert run(name, "--dry-run")[-1] == "1 would be marked overdue"
    said = run(name)
    assert "₦3,225.00" in said[0]
    assert said[-1] == "1 marked overdue"
    assert run(name) == ["0 marked overdue"]


def test_only_the_business_that_is_named(days, theirs, run):
    days.invoice(0)
    theirs.invoice(0)
    run("send-payment-reminders", "--business", str(days.story.business_id))
    assert (len(days.messages()), theirs.messages()) == (1, [])


def test_a_business_that_is_not_there_is_said(app, days):
    result = app.test_cli_runner().invoke(args=["send-payment-reminders", "--business", str(days.story.client_id)])
    assert result.exit_code == 1
    assert "no such business" in result.output
