"""Work on payments that the queue asks for: ask the gateway with no transaction open, then settle."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from app.extensions import db
from app.jobs import Context, Permanent, Task, VendorTask
from app.jobs.schedule import Every
from app.payments.gateways.base import CheckoutRequest, CheckoutStarted, Gateway, Verification
from app.payments.gateways.errors import AlreadyStarted, GatewayError
from app.payments.gateways.moneyback import Dispute, RefundAnswer
from app.payments.models import Attempt
from app.payments.registry import open_gateway
from app.payments.service import accounts, charging, checkout, disputes, printing, sending_back, settling, webhooks
from app.payments.tasks import cards, disputing, receipts


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask which gateway, and whose attempt the answer is for (None: a reference we did not make).

    `refunds` asks for the refunds of that payment instead, `dispute` for the dispute with that number.
    """

    gateway: Gateway
    reference: str
    attempt_id: uuid.UUID | None
    refunds: bool = False
    dispute: str = ""


def ask(question: Question) -> Verification | Dispute | tuple[RefundAnswer, ...]:
    """Ask the gateway what became of a reference, which refunds of it there are, or about a dispute."""
    if question.dispute:
        return question.gateway.find_dispute(question.dispute)
    if question.refunds:
        return question.gateway.refunds(question.reference)
    return question.gateway.verify(question.reference)


# -- planned questions about an attempt --------------------------------------------------------------------------------


def prepare_verify(context: Context) -> Question | None:
    """The question about one attempt; none when it is settled."""
    attempt = db.session.get(Attempt, (context.business, uuid.UUID(context.args["attempt_id"])))
    if attempt is None or attempt.state in ("paid", "held"):
        return None
    gateway = open_gateway(context.business, attempt.gateway)
    if gateway is None:
        raise Permanent("The gateway this payment went through is no longer set up.")
    return Question(gateway, attempt.reference, attempt.id)


def ask_planned(question: Question) -> Verification:
    """Ask; an unreachable gateway is an unclear answer, because the next question is planned anyway."""
    try:
        return question.gateway.verify(question.reference)
    except GatewayError as error:
        if error.permanent:
            raise
        return Verification("unknown", raw={"unreachable": True})


def record_verify(context: Context, question: Question, answer: Verification) -> None:
    """Settle, and plan the next question while the answer to a planned one is unclear."""
    attempt_id = uuid.UUID(context.args["attempt_id"])
    settling.settle(context.business, attempt_id, answer, now=context.now)
    charging.forget_if_unknown(context.business, attempt_id, answer, now=context.now)
    if context.args.get("planned"):
        left = answer.state == "abandoned"
        settling.ask_again(context.business, attempt_id, now=context.now, left=left)


# -- a checkout the gateway did not answer in time ---------------------------------------------------------------------


def prepare_open(context: Context) -> tuple[Gateway, CheckoutRequest] | None:
    """The checkout to open, when its page is still not known."""
    attempt = db.session.get(Attempt, (context.business, uuid.UUID(context.args["attempt_id"])))
    if attempt is None or attempt.state != "new" or attempt.checkout_url:
        return None
    gateway = open_gateway(context.business, attempt.gateway)
    if gateway is None:
        raise Permanent("The gateway this payment was to go through is no longer set up.")
    return gateway, checkout.checkout_request(attempt)


def call_open(prepared: tuple[Gateway, CheckoutRequest]) -> CheckoutStarted | Verification:
    """Ask first whether the gateway knows the reference; only one it never saw is started, with the same reference."""
    gateway, wanted = prepared
    answer = gateway.verify(wanted.reference)
    if answer.state != "unknown":
        return answer
    try:
        return gateway.start(wanted)
    except AlreadyStarted as error:
        return error.verification


def record_open(context: Context, _prepared: object, outcome: CheckoutStarted | Verification) -> None:
    """Note the page's address, or what the gateway already knows."""
    attempt_id = uuid.UUID(context.args["attempt_id"])
    if isinstance(outcome, CheckoutStarted):
        checkout.note(context.business, attempt_id, state="started", checkout_url=outcome.url)
        return
    checkout.already_open(context.business, attempt_id, outcome, now=context.now, after=timedelta(0))


def failed_open(context: Context, _prepared: object, error: Exception, final: bool) -> None:
    """Say on the attempt why no page could be opened."""
    if final:
        reason = str(error) if isinstance(error, GatewayError) else "The payment page could not be opened."
        checkout.note(context.business, uuid.UUID(context.args["attempt_id"]), state="failed", reason=reason[:300])


# -- notices -----------------------------------------------------------------------------------------------------------


def prepare_webhook(context: Context) -> Question | None:
    """The question a notice raises: never believed, always asked."""
    event = webhooks.find_event(context.business, uuid.UUID(context.args["event_id"]))
    if event is None or event.handled_at is not None:
        return None
    kind, dispute = context.args.get("kind"), str(context.args.get("dispute") or "")
    if not (dispute if kind == "dispute" else kind in ("payment", "refund") and event.reference):
        webhooks.handled(context.business, event.id, now=context.now)
        return None
    gateway = open_gateway(context.business, event.gateway)
    if gateway is None:
        raise Permanent("The gateway of this notice is no longer set up.")
    attempt = webhooks.attempt_by_reference(context.business, event.gateway, event.reference)
    return Question(gateway, event.reference, attempt.id if attempt else None, kind == "refund", dispute)


def record_webhook(
    context: Context, question: Question, answer: Verification | Dispute | tuple[RefundAnswer, ...]
) -> None:
    """Settle our attempt, or hold money that came under a reference we did not make; note refunds and disputes."""
    now = context.now
    if isinstance(answer, Dispute):
        disputes.settle_dispute(context.business, question.gateway.name, question.dispute, answer, now=now)
    elif isinstance(answer, tuple):
        sending_back.settle_listed(context.business, question.gateway, question.reference, answer, now=now)
    elif question.attempt_id is not None:
        settling.settle(context.business, question.attempt_id, answer, now=now)
    elif answer.state == "succeeded":
        reason = "This payment came under a reference that Duely did not make."
        settling.hold(context.business, question.gateway.name, question.reference, answer, reason, now=now)
    webhooks.handled(context.business, uuid.UUID(context.args["event_id"]), now=now)


# -- refunds -----------------------------------------------------------------------------------------------------------


def prepare_refund(context: Context) -> sending_back.Asking | None:
    """What to ask about a refund; none when it has ended."""
    return sending_back.prepare(context.business, uuid.UUID(context.args["refund_id"]), context.now)


def ask_refund(asking: sending_back.Asking) -> RefundAnswer:
    """Ask, or look it up; an unreachable company is an unclear answer, because the next look is planned anyway."""
    try:
        return sending_back.ask(asking)
    except GatewayError as error:
        if error.permanent and asking.first:
            # Refused before anything happened: it will not be given back.
            return RefundAnswer("failed", reason=str(error))
        return RefundAnswer("unknown")


def record_refund(context: Context, _asking: object, answer: RefundAnswer) -> None:
    """Note what the company said, and plan the next look while it has not ended."""
    refund_id = uuid.UUID(context.args["refund_id"])
    sending_back.settle_refund(context.business, refund_id, answer, now=context.now)
    sending_back.look_again(context.business, refund_id, now=context.now)


# -- papers ------------------------------------------------------------------------------------------------------------


def prepare_paper(context: Context) -> printing.Paper:
    """Which paper to draw."""
    return printing.paper_of(context.business, context.args)


def draw_paper(paper: printing.Paper) -> None:
    """Draw it, unless it was drawn meanwhile."""
    printing.ensure_paper(paper)


def paper_drawn(_context: Context, _paper: object, _outcome: object) -> None:
    """The file is stored under its own hash; nothing else is to be noted."""


def adopt_keys(context: Context) -> None:
    """Give the installation's keys to the first business, once it is there."""
    accounts.adopt_installation_keys(context.now)


TASKS: dict[str, Task] = {
    "payments.open": VendorTask(prepare_open, call_open, record_open, failed_open),
    "payments.verify": VendorTask(prepare_verify, ask_planned, record_verify),
    "payments.webhook": VendorTask(prepare_webhook, ask, record_webhook),
    "payments.refund": VendorTask(prepare_refund, ask_refund, record_refund),
    "payments.print": VendorTask(prepare_paper, draw_paper, paper_drawn),
    "payments.adopt_keys": adopt_keys,
    **receipts.TASKS,
    **cards.TASKS,
    **disputing.TASKS,
}
ATTACHMENTS = receipts.ATTACHMENTS
SWEEPS = cards.PERIODIC
PERIODIC = {"payments.adopt_keys": Every(60)}
"""Only where the installation has keys: the first business may be made at any time, and gets them within a minute."""
