"""Work of the installation: mail to people, and forgetting what ran out."""

from __future__ import annotations

from typing import Any

from app.auth import mail
from app.auth.service import access_tokens, kept_answers, people, sessions
from app.jobs import Context, Task, VendorTask
from app.jobs.schedule import Every
from app.messages.channels.base import OutgoingMessage


def _mail_reset(context: Context) -> None:
    people.mail_reset(str(context.args["asked"]), context.now)


def _clean_up(context: Context) -> None:
    sessions.clean_up(context.now)
    access_tokens.forget_tokens(context.now)
    kept_answers.forget_answers(context.now)


def _write(context: Context) -> OutgoingMessage:
    return mail.write(str(context.args["letter"]), context.job_id, context.now)


def _sent(context: Context, letter: Any, provider_id: Any) -> None:
    """Nothing to store: the job itself says that the letter went out."""


TASKS: dict[str, Task] = {
    "auth.person_mail": VendorTask(prepare=_write, call=mail.send, record=_sent),
    "auth.mail_reset": _mail_reset,
    "auth.clean_up": _clean_up,
}
PERIODIC = {"auth.clean_up": Every(3600)}
