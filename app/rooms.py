"""The list of rooms: the only module that imports blueprints, tasks and providers of every feature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from app import clock
from app.auth import api as auth_api
from app.auth import checks as auth_checks
from app.auth import models as auth_models
from app.auth import tasks as auth_tasks
from app.auth import views as auth_views
from app.auth.audit import record_delivery, record_stop, record_take_back, record_trust
from app.auth.business_queries import calendars, gateway_key_of
from app.auth.queries import find_signed_in
from app.auth.service.answer_keys import Answered, Key
from app.auth.service.kept_answers import answer_apart, answer_once
from app.auth.token_queries import find_by_token
from app.billing import api as billing_api
from app.billing import checks as billing_checks
from app.billing import dunning_attention as billing_dunning_attention
from app.billing import dunning_checks, run_checks
from app.billing import models as billing_models
from app.billing import run_attention as billing_run_attention
from app.billing import run_tasks as billing_run_tasks
from app.billing import service_attention as billing_service_attention
from app.billing import service_checks as billing_service_checks
from app.billing import tasks as billing_tasks
from app.billing import views as billing_views
from app.billing.queries import runs as billing_runs
from app.billing.queries.origins import made_by
from app.billing.queries.promises import record_of
from app.billing.queries.serving import bearing
from app.billing.service import notifying
from app.billing.service.controlling import note_settled
from app.billing.service.following_revisions import follow_revision, may_be_revised, may_be_voided
from app.billing.service.gathering import close_day, propose
from app.billing.service.late_fees import charge_late_fee
from app.billing.service.promising import judge_promises
from app.billing.views import dunning_room
from app.billing.views import policy as billing_policy
from app.catalog import api as catalog_api
from app.catalog import models as catalog_models
from app.catalog import views as catalog_views
from app.clients import api as client_api
from app.clients import models as client_models
from app.clients import views as client_views
from app.clients.queries import may_be_written_to, owners_of_number
from app.health import views as health_views
from app.hooks import api as hook_api
from app.hooks import checks as hook_checks
from app.hooks import models as hook_models
from app.hooks import service as hooks
from app.hooks import tasks as hook_tasks
from app.hooks import views as hook_views
from app.invoices import api as invoice_api
from app.invoices import attention as invoice_attention
from app.invoices import checks as invoice_checks
from app.invoices import models as invoice_models
from app.invoices import tasks as invoice_tasks
from app.invoices import totals as invoice_totals
from app.invoices import views as invoice_views
from app.invoices.pdf import isolated as drawing
from app.invoices.service import message_accepted
from app.invoices.service.letters import standing
from app.invoices.service.previewing import KINDS as INVOICE_MESSAGES
from app.invoices.service.previewing import newest_invoice
from app.jobs import attention as job_attention
from app.jobs import checks as job_checks
from app.jobs import models as job_models
from app.jobs.outbox import register as register_tasks
from app.jobs.schedule import register_periodic
from app.ledger import api as ledger_api
from app.ledger import checks as ledger_checks
from app.ledger import models as ledger_models
from app.ledger import totals as ledger_totals
from app.ledger import views as ledger_views
from app.messages import api as message_api
from app.messages import attention as message_attention
from app.messages import checks as message_checks
from app.messages import models as message_models
from app.messages import tasks as message_tasks
from app.messages import views as message_views
from app.payments import api as payment_api
from app.payments import attention as payment_attention
from app.payments import checks as payment_checks
from app.payments import models as payment_models
from app.payments import queries as payment_queries
from app.payments import rate_checks as payment_rate_checks
from app.payments import tasks as payment_tasks
from app.payments import totals as payment_totals
from app.payments import views as payment_views
from app.payments.api import credit_notes as credit_note_api
from app.payments.queries.credited import credited_on
from app.payments.registry import mount_demo
from app.payments.service import receipting
from app.payments.service.credit import whose_credit_is_used
from app.payments.service.crediting import settle_new
from app.payments.service.previewing import newest_receipt
from app.portal import views as portal_views
from app.reminders import api as reminder_api
from app.reminders import models as reminder_models
from app.reminders import queries as reminder_queries
from app.reminders import tasks as reminder_tasks
from app.reminders import views as reminder_views
from app.reminders.rules import CUTS
from app.reminders.service.writing import worded_anew
from app.reports import api as report_api
from app.reports import tasks as report_tasks
from app.reports import views as report_views
from app.reports.checks import Checks
from app.reports.journal_csv import text as csv_text
from app.web import styleguide
from app.web.api import pages as api_pages
from app.work import api as work_api
from app.work import views as work_views
from config import Config

MODELS = [
    auth_models,
    billing_models,
    catalog_models,
    client_models,
    hook_models,
    invoice_models,
    job_models,
    ledger_models,
    message_models,
    payment_models,
    reminder_models,
]
BLUEPRINTS = [
    api_pages.blueprint,
    auth_api.blueprint,
    auth_api.business,
    auth_views.blueprint,
    *billing_api.BLUEPRINTS,
    billing_views.blueprint,
    billing_views.router_blueprint,
    dunning_room.blueprint,
    billing_policy.blueprint,
    catalog_api.blueprint,
    catalog_views.blueprint,
    client_api.blueprint,
    client_views.blueprint,
    credit_note_api.blueprint,
    health_views.blueprint,
    hook_api.blueprint,
    hook_views.blueprint,
    invoice_api.blueprint,
    invoice_views.blueprint,
    message_api.blueprint,
    message_views.blueprint,
    ledger_api.blueprint,
    ledger_views.blueprint,
    payment_api.blueprint,
    payment_views.blueprint,
    portal_views.blueprint,
    reminder_api.blueprint,
    reminder_views.blueprint,
    report_api.blueprint,
    report_views.blueprint,
    work_api.blueprint,
    work_views.blueprint,
]
TASKS = [
    auth_tasks.TASKS,
    billing_tasks.TASKS,
    billing_run_tasks.TASKS,
    hook_tasks.TASKS,
    invoice_tasks.TASKS,
    message_tasks.TASKS,
    payment_tasks.TASKS,
    reminder_tasks.TASKS,
    report_tasks.TASKS,
]
PERIODIC = [
    auth_tasks.PERIODIC,
    billing_tasks.PERIODIC,
    billing_run_tasks.PERIODIC,
    hook_tasks.PERIODIC,
    payment_tasks.SWEEPS,
    reminder_tasks.PERIODIC,
]
# What people call each piece of work, on the page that lists it.
TITLES = {
    "auth.person_mail": "Send an e-mail to a member",
    "auth.mail_reset": "Send a link for a new password",
    "auth.clean_up": "Forget what ran out",
    "billing.cut": "Cut services that are not paid for",
    "billing.compare": "Look which routers to compare with billing",
    "billing.compare_router": "Compare a router with billing",
    "billing.follow": "Switch services whose pause or end has come",
    "billing.follow_all": "Look for pauses and ends that have come",
    "billing.reactivate": "Restore services that are paid again",
    "billing.reactivate_all": "Look which services are paid again",
    "billing.service": "Switch a service on the network",
    "billing.try_router": "Try the connection to a router",
    "billing.approve": "Approve a billing run whose days of review are over",
    "billing.daily": "Begin the day's billing",
    "billing.plan": "Plan a billing run",
    "billing.post": "Post a billing run",
    "billing.reverse": "Reverse a billing run",
    "billing.send": "Send the invoices of a billing run",
    "hooks.deliver": "Tell your software what happened",
    "hooks.clean_up": "Forget old webhooks",
    "invoices.print": "Make the PDF of an invoice",
    "messages.deliver": "Send a message",
    "payments.adopt_keys": "Take over the keys of the payment company",
    "payments.charge": "Charge a saved card",
    "payments.charge_cards": "Look which saved cards to charge",
    "payments.deactivate": "Have the payment company forget a card",
    "payments.dispute": "Ask what became of a dispute",
    "payments.open": "Get ready a page to pay on",
    "payments.print": "Make the PDF of a receipt or a credit note",
    "payments.send_receipt": "Send the receipt of a payment",
    "payments.refund": "Give money back through the payment company",
    "payments.sweep_cards": "Look who charges saved cards",
    "payments.verify": "Ask whether a payment came",
    "payments.webhook": "Work on a notice of the payment company",
    "reminders.daily": "Begin the day's reminders",
    "reminders.overdue": "Note what became overdue",
    "reminders.sweep": "Send payment reminders",
    "reports.print_statement": "Make the PDF of a statement",
}

ATTENTION = (
    *payment_attention.WATCHES,
    *message_attention.WATCHES,
    *invoice_attention.WATCHES,
    *billing_run_attention.WATCHES,
    *billing_dunning_attention.WATCHES,
    *billing_service_attention.WATCHES,
    *job_attention.WATCHES,
)
CHECKS = Checks(
    business=(
        *ledger_checks.CHECKS,
        *invoice_checks.CHECKS,
        *payment_checks.CHECKS,
        *payment_rate_checks.CHECKS,
        *billing_checks.CHECKS,
        *billing_service_checks.CHECKS,
        *run_checks.CHECKS,
        *dunning_checks.CHECKS,
        *job_checks.CHECKS,
        *message_checks.CHECKS,
        *hook_checks.CHECKS,
        *auth_checks.CHECKS,
    ),
    installation=job_checks.INSTALLATION_CHECKS,
)


def _answer_once(
    who: Any, key: str, request_hash: str, make: Callable[[], Answered], apart: bool
) -> tuple[Answered, bool]:
    answer = answer_apart if apart else answer_once
    return answer(Key(who.business_id, who.family_id, key, request_hash), make, clock.now())


def register(app: Flask, config: Config) -> None:
    """Mount every room of this environment."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    health_views.install(app, config)
    mount_demo(app, config)
    message_views.mount(app, config)
    styleguide.mount(app, config)
    app.extensions["duely_attention"] = ATTENTION
    app.extensions["duely_checks"] = CHECKS
    app.extensions["duely_totals"] = (invoice_totals.SOURCE, payment_totals.SOURCE)
    app.extensions["duely_on_issue"] = (settle_new,)
    app.extensions["duely_may_be_revised"] = (may_be_revised,)
    app.extensions["duely_note_may_be_voided"] = (may_be_voided,)
    app.extensions["duely_on_revised"] = (follow_revision,)
    app.extensions["duely_on_settled"] = (note_settled,)
    app.extensions["duely_on_paid"] = (hooks.note_paid,)
    app.extensions["duely_on_recorded"] = (hooks.note_recorded,)
    app.extensions["duely_hears"] = hooks.hears
    app.extensions["duely_issue_concerns"] = {settle_new: whose_credit_is_used}
    app.extensions["duely_identity"] = find_signed_in
    app.extensions["duely_token_identity"] = find_by_token
    app.extensions["duely_answer_once"] = _answer_once
    app.extensions["duely_calendars"] = calendars
    app.extensions["duely_payments_of"] = payment_queries.payments_of
    app.extensions["duely_takes_payments"] = payment_queries.takes_payments
    app.extensions["duely_on_invoice"] = payment_queries.on_invoice
    app.extensions["duely_is_being_paid"] = payment_queries.is_being_paid
    app.extensions["duely_attachments"] = (
        invoice_tasks.ATTACHMENTS | payment_tasks.ATTACHMENTS | report_tasks.ATTACHMENTS
    )
    app.extensions["duely_ladder_acts"] = {"late_fee": charge_late_fee, **dict.fromkeys(CUTS, propose)}
    app.extensions["duely_bearing"] = bearing
    app.extensions["duely_credited_on"] = credited_on
    app.extensions["duely_made_by"] = made_by
    app.extensions["duely_promises_of"] = record_of
    app.extensions["duely_on_swept"] = (judge_promises, close_day)
    app.extensions["duely_reminders_of"] = reminder_queries.outlook
    app.extensions["duely_message_gates"] = {
        "invoice": reminder_queries.unwanted,
        "payment": receipting.unwanted,
        "price_notice": notifying.unwanted,
    }
    app.extensions["duely_on_trust"] = record_trust
    app.extensions["duely_on_stop"] = record_stop
    app.extensions["duely_on_take_back"] = record_take_back
    app.extensions["duely_rewordings"] = {"invoice": worded_anew}
    app.extensions["duely_message_standing"] = {"invoice": standing}
    app.extensions["duely_may_be_written_to"] = may_be_written_to
    app.extensions["duely_owners_of_number"] = owners_of_number
    app.extensions["duely_business_key"] = gateway_key_of
    app.extensions["duely_preview_values"] = dict.fromkeys(INVOICE_MESSAGES, newest_invoice)
    app.extensions["duely_preview_values"]["receipt"] = newest_receipt
    app.extensions["duely_not_charged_yet"] = billing_runs.not_charged_yet
    app.extensions["duely_cell"] = csv_text
    app.extensions["duely_at_exit"] = (drawing.close,)
    app.extensions["duely_message_listeners"] = {
        "invoice": message_accepted,
        "payment": record_delivery,
        "statement": record_delivery,
    }
    with app.app_context():
        ledger_totals.follow()
        for tasks in TASKS:
            register_tasks(tasks, TITLES)
        for periodic in PERIODIC:
            register_periodic(periodic)
        if config.paystack_secret_key:
            register_periodic(payment_tasks.PERIODIC)
