"""Workers that die of SIGKILL at a named point of sending, each in a process of its own: `doomed.py point=job ...`.

One process gets ready and forks them, as RQ's worker does for each job.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

from app import create_app
from app.extensions import db
from app.jobs import perform
from app.messages import tasks
from app.messages.channels.smtp import SmtpChannel
from app.messages.channels.twilio import TwilioChannel


def die(*_: Any) -> NoReturn:
    """kill -9 of this process."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead")


def _then_die(step: Callable[..., Any]) -> Callable[..., NoReturn]:
    def last(*arguments: Any) -> NoReturn:
        step(*arguments)
        die()

    return last


def _recorded_half(context: Any, ready: Any, outcome: Any) -> NoReturn:
    tasks.record(context, ready, outcome)
    db.session.flush()
    die()


def _instead(**steps: Callable[..., Any]) -> None:
    known = db_app.extensions["duely_tasks"]
    known["messages.deliver"] = replace(known["messages.deliver"], **steps)


def _when_accepted() -> None:
    for channel in (SmtpChannel, TwilioChannel):
        channel.send = _then_die(channel.send)  # type: ignore[method-assign]


def _when_asking() -> None:
    for channel in (SmtpChannel, TwilioChannel):
        channel.send = die  # type: ignore[method-assign]


POINTS: dict[str, Callable[[], None]] = {
    "the job was taken": lambda: setattr(perform, "run", die),
    "the try was noted": lambda: _instead(call=die),
    "the provider is about to be asked": _when_asking,
    "the provider accepted it": _when_accepted,
    "half of it was recorded": lambda: _instead(record=_recorded_half),
    "it was recorded": lambda: setattr(perform, "_finish", _then_die(perform._finish)),
}


def main(arguments: list[str]) -> int:
    """Let one worker after the other die. Returns how many came through alive."""
    alive = 0
    for argument in arguments:
        point, job_id, business_id = argument.split("=")
        child = os.fork()
        if child == 0:
            POINTS[point]()
            with db_app.app_context():
                perform.perform("job", job_id, business_id)
            os._exit(0)
        alive += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL
    return alive


if __name__ == "__main__":
    db_app = create_app()
    sys.exit(main(sys.argv[1:]))
