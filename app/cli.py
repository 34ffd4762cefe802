"""The `flask` commands: each calls the service that the page or the task calls."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from app import clock
from app.auth.cli import create_token, create_user, revoke_tokens
from app.billing.cli import generate_monthly_invoices, reactivate_paid_subscriptions
from app.billing.dunning_cli import enforce_overdue_invoices
from app.demo.cli import generate_test_data, prepare_demo, seed_demo_command
from app.jobs.cli import run_due_jobs
from app.messages.cli import check_messages
from app.payments.service.accounts import adopt_installation_keys
from app.reminders.cli import mark_overdue_invoices, send_payment_reminders
from app.reports.cli import audit, export_journal, recount
from app.storage.cli import check_storage


def register(app: Flask) -> None:
    """Add the commands to an application."""
    of_people = (create_user, create_token, revoke_tokens)
    of_books = (audit, recount, export_journal)
    of_billing = (generate_monthly_invoices, enforce_overdue_invoices, mark_overdue_invoices, send_payment_reminders)
    of_services = (reactivate_paid_subscriptions,)
    of_the_machine = (prepare, run_due_jobs, check_messages, check_storage, migrations)
    for command in (
        *of_the_machine,
        *of_people,
        *of_books,
        *of_billing,
        *of_services,
        seed_demo_command,
        generate_test_data,
    ):
        app.cli.add_command(command)
    app.cli.add_command(mark_overdue_invoices, "check-overdue-invoices")


@click.command("db", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def migrations(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Perform database migrations."""
    # Flask-Migrate's own commands; a process that is not asked for them does without Alembic.
    from flask_migrate.cli import db

    db.main(list(arguments), prog_name="flask db", parent=ctx, standalone_mode=False)


@click.command()
@with_appcontext
def prepare() -> None:
    """Bring the database up to date and, in an empty development installation, make the demo business."""
    from flask_migrate import upgrade

    upgrade()
    prepare_demo()
    adopt_installation_keys(clock.now())
