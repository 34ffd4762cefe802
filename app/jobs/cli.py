"""`flask run-due-jobs`: the background work of a machine that has cron and no worker."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.jobs import run_due
from app.jobs.schedule import insert_due


@click.command("run-due-jobs")
@click.option("--limit", type=click.IntRange(1), help="Run at most so many jobs.")
@with_appcontext
def run_due_jobs(limit: int | None) -> None:
    """Insert what the calendar asks for, then run what is due, follow-up work included."""
    added, ran = insert_due(), 0
    while (most := 100 if limit is None else min(100, limit - ran)) and (some := run_due(most)):
        ran += some
    click.echo(f"Added {added} from the calendar, ran {ran}.")
