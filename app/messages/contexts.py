"""What the frame of each kind of e-mail is told. Everything that is shown arrives as finished text, formatted by the
caller. The words on top of some of them come from a wording; `app/messages/kinds.py` says which, and what they know."""

# No `from __future__ import annotations` here: with it Python 3.11 takes every NotRequired name for a required one.

from typing import NotRequired, TypedDict


class Row(TypedDict):
    """One line of the little table: what, how much, whether it comes after the lines (a tax) or is a total."""

    label: str
    amount: str
    after: NotRequired[bool]
    strong: NotRequired[bool]


class Letterhead(TypedDict):
    """Who writes. `colour` is `#rrggbb`; without it the house colour. Addresses are complete (https://...)."""

    business_name: str
    logo_url: NotRequired[str | None]
    colour: NotRequired[str | None]
    language: NotRequired[str | None]
    """In which the frame says its own words; English without it."""
    footer_lines: NotRequired[list[str]]
    """Postal address, tax number, why the reader gets this; one line each."""


class InvoiceContext(Letterhead):
    """A new invoice, or a reminder of one."""

    amount_text: str
    """What is to pay now, with its currency sign."""
    due_text: str
    """A phrase such as "due Saturday 21 November 2026", or "paid in full"."""
    settled: NotRequired[bool]
    """True when nothing is left to pay."""
    pay_url: str
    can_pay_online: NotRequired[bool]
    """True lets the button and the preview speak of paying."""
    rows: NotRequired[list[Row]]
    more_rows_text: NotRequired[str | None]
    """Said when `rows` is not all of it, such as "and 52 more lines in the PDF"."""
    note: NotRequired[str | None]
    """The sender's own words; line breaks are kept."""
    pdf_attached: NotRequired[bool]
    stop_url: NotRequired[str | None]
    """Where the reader says that they want no reminders; only reminders have it."""
    bank_rows: NotRequired[list[Row]]
    """What a transfer needs: words and values, as they go into a banking app."""


class ReceiptContext(Letterhead):
    """Money has arrived."""

    amount_text: str
    """What was paid, with its currency sign."""
    paid_text: str
    """A phrase such as "paid on 20 November 2026 by card"."""
    invoice_url: str
    balance_text: NotRequired[str | None]
    """What is still owed, with its currency sign; None when nothing is."""
    rows: NotRequired[list[Row]]
    more_rows_text: NotRequired[str | None]
    pdf_attached: NotRequired[bool]


class SuspensionWarningContext(InvoiceContext):
    """A service will be suspended because an invoice is not paid."""

    service_text: str
    """What will be suspended, such as "Dedicated fibre 100 Mbps"."""
    suspend_text: str
    """A phrase such as "suspended on Saturday 28 November 2026"."""


class PriceChangeContext(Letterhead):
    """A plan that the reader pays for costs something else from a day on."""

    amount_text: str
    """What it will cost, with its currency sign."""
    from_text: str
    """A phrase such as "every month, from 1 January 2027"."""
    page_url: str
    rows: NotRequired[list[Row]]


class CardProblemContext(Letterhead):
    """A card that the reader let the business keep could not be charged, or its bank wants a confirmation."""

    number: str
    amount_text: str
    """What was to be charged, with its currency sign."""
    card_text: str
    """Such as "Visa ending in 4081"."""
    why_text: str
    """A sentence or two: what kept it from being paid."""
    invoice_url: str
    client_name: NotRequired[str | None]
    to_confirm: NotRequired[bool]
    """True when confirming it at the bank is all that is missing."""


class StatementContext(Letterhead):
    """What moved in a period, and what is owed at its end."""

    period_text: str
    """Such as "1–31 Oct 2026"."""
    amount_text: str
    """The balance at the end without a sign, with its currency sign."""
    standing_text: str
    """How that is meant: "owed on 31 October 2026"."""
    page_url: str
    client_name: NotRequired[str | None]
    overdue_text: NotRequired[str | None]
    """Such as "₦64,000.00 of it overdue"; None when nothing is, or when that is not known."""
    rows: NotRequired[list[Row]]
    more_rows_text: NotRequired[str | None]
    pdf_attached: NotRequired[bool]


class VerifyEmailContext(Letterhead):
    """Confirm a new address. `expires_text` is a span such as "24 hours"."""

    verify_url: str
    email: str
    expires_text: str
    person_name: NotRequired[str | None]


class ResetPasswordContext(Letterhead):
    """Choose a new password. `expires_text` is a span such as "30 minutes"."""

    reset_url: str
    expires_text: str


class InvitationContext(Letterhead):
    """Join a business. `business_name` is the one that invites; `role_text` reads like "an admin"."""

    inviter_name: str
    role_text: str
    accept_url: str
    expires_text: str


CONTEXTS: dict[str, type] = {
    "invoice": InvoiceContext,
    "receipt": ReceiptContext,
    "suspension_warning": SuspensionWarningContext,
    "price_change": PriceChangeContext,
    "card_problem": CardProblemContext,
    "statement": StatementContext,
    "verify_email": VerifyEmailContext,
    "reset_password": ResetPasswordContext,
    "invitation": InvitationContext,
}
