"""Several runners that begin at the same moment, each in a process of its own: `runner.py <what> <how many> [more]`.

`what` is "work", a worker that runs until it is told to end, or "command", `flask generate-monthly-invoices` with
whatever else is said. One process gets ready and forks them. Pieces are small, so that there are many of them.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import click

from app import create_app
from app.billing.service import run_posting, run_reversing, run_sending, running
from app.extensions import db
from app.jobs import relay


def in_small_pieces(planned: int = 60, posted: int = 40, reversed: int = 15, sent: int = 40) -> None:
    """Let every step of a run be done for a few clients (or invoices) at a time."""
    running.CLIENTS, run_posting.CLIENTS, run_reversing.CLIENTS, run_sending.INVOICES = planned, posted, reversed, sent


def work(_: list[str]) -> int:
    """What `python worker.py` does without Redis."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    relay.run_embedded(stop.is_set, idle=0.02)
    return 0


def command(arguments: list[str]) -> int:
    """The command of people and of cron."""
    found = app.test_cli_runner().invoke(args=["generate-monthly-invoices", *arguments])
    click.echo(found.output.splitlines()[-1:] if found.exit_code == 0 else found.output)
    return found.exit_code


def main(what: str, count: str, *more: str) -> int:
    """Fork them, let them go all at once, and wait for their end. Returns how many did not end well."""
    waiting, go = os.pipe()
    children = []
    for _ in range(int(count)):
        if (child := os.fork()) == 0:
            os.close(go)
            os.read(waiting, 1)
            with app.app_context():
                os._exit({"work": work, "command": command}[what](list(more)))
        children.append(child)
    os.close(go)
    # Whoever wants them to end says so to the one who began them.
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(one, signal.SIGTERM) for one in children])
    return sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children)


if __name__ == "__main__":
    in_small_pieces()
    app = create_app()
    with app.app_context():
        db.engine.dispose()
    sys.exit(main(*sys.argv[1:]))
