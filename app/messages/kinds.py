"""The kinds of messages a business words by itself, and the names that stand for facts in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Name(NamedTuple):
    """What a name stands for, in words, and what it could look like."""

    about: str
    example: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message. `frame` is the e-mail its words stand in (a key of `CONTEXTS`).

    `opens_a_door` says that its link lets somebody in, so that it carries that link and no other.
    """

    title: str
    about: str
    frame: str
    names: Mapping[str, Name]
    opens_a_door: bool = False


_GREETING = {"greeting": Name("Greets the client by name, or nobody in particular", "Hello Lekki Gardens")}
_CLIENT = _GREETING | {"client_name": Name("The client's name", "Lekki Gardens")}
_BUSINESS = {"business_name": Name("The name of your business", "Harmattan Fibre")}
_LINK = {"link": Name("The address of the client's page", "https://duely.example/i/Zr4wQ0b9VnM2fXhT7yLcUe/")}
_NUMBER = {"number": Name("The number of the invoice", "INV-2026-0415")}
_OWED = {
    "amount": Name("What is still due; what it came to, when it is paid", "₦344,000.00"),
    "total": Name("What the whole invoice comes to", "₦368,000.00"),
    "due": Name("Until when, or that it is paid in full", "due Saturday 21 November 2026"),
    "due_date": Name("The day it is due", "Saturday 21 November 2026"),
    "days": Name("How long until the day it is due, or since then", "5 days"),
}
_INVOICE = {**_CLIENT, **_NUMBER, **_OWED, **_BUSINESS, **_LINK}
_RECEIPT = {
    **_CLIENT,
    **_NUMBER,
    "amount": Name("What was paid", "₦344,000.00"),
    "paid_on": Name("The day it was paid", "20 November 2026"),
    "method": Name("How it was paid", "Bank transfer"),
    "balance": Name("What is left to pay of the invoice", "₦24,000.00"),
    **_BUSINESS,
    **_LINK,
}
_SUSPENSION = {
    **_CLIENT,
    "service": Name("The service that will be suspended", "Dedicated fibre 100 Mbps"),
    "suspend_on": Name("The day it will be suspended", "Saturday 28 November 2026"),
    **_NUMBER,
    "amount": Name("What is still due", "₦344,000.00"),
    "due_date": Name("The day the invoice was due", "Saturday 21 November 2026"),
    "days": Name("How long until the service is suspended", "5 days"),
    **_BUSINESS,
    **_LINK,
}
_PRICE_CHANGE = {
    **_CLIENT,
    "plan": Name("What becomes dearer or cheaper", "Home 20 Mbps"),
    "old_price": Name("What it costs until then, for one period", "₦18,500.00"),
    "new_price": Name("What it costs from then on", "₦21,000.00"),
    "since": Name("The first day of the first period that costs it", "1 January 2027"),
    "cycle": Name("How long a period is", "every month"),
    **_BUSINESS,
    **_LINK,
}
_PASSWORD = {
    "greeting": Name("Greets the person by name", "Hello Bọ́lá Adé"),
    "email": Name("The address of the account", "bola@harmattan.example"),
    "lasts": Name("How long the link works", "30 minutes"),
    "link": Name("The address where the new password is chosen", "https://duely.example/password/reset/Zr4wQ0b9Vn/"),
}
_INVITATION = {
    "greeting": Name("Greets the person, by name if it is known", "Hello"),
    "inviter_name": Name("Who invites", "Bọ́lá Adé"),
    "role": Name("As what", "an admin"),
    "lasts": Name("How long the invitation is good", "7 days"),
    **_BUSINESS,
    "link": Name("The address of the invitation", "https://duely.example/invitations/Zr4wQ0b9VnM2fXhT/"),
}

KINDS: Mapping[str, Kind] = {
    "invoice": Kind("Invoice", "Brings a new invoice.", "invoice", _INVOICE),
    "reminder_before": Kind("Reminder before the due date", "Says that the day is near.", "invoice", _INVOICE),
    "reminder_due": Kind("Reminder on the due date", "Says that today is the day.", "invoice", _INVOICE),
    "reminder_overdue": Kind("Reminder after the due date", "Says that the day has passed.", "invoice", _INVOICE),
    "reminder_last": Kind("Last reminder", "The last one about an invoice.", "invoice", _INVOICE),
    "receipt": Kind("Receipt", "Says that money has arrived, with thanks.", "receipt", _RECEIPT),
    "suspension_warning": Kind(
        "Warning before a service is suspended",
        "Says when, and what keeps it going.",
        "suspension_warning",
        _SUSPENSION,
    ),
    "price_change": Kind("Change of a price", "Says what a plan costs, from when on.", "price_change", _PRICE_CHANGE),
    "password_reset": Kind(
        "New password",
        "Goes to people who work here and nowhere else, when they forgot their password.",
        "reset_password",
        _PASSWORD,
        opens_a_door=True,
    ),
    "invitation": Kind(
        "Invitation", "Asks somebody to join your business.", "invitation", _INVITATION, opens_a_door=True
    ),
}
FRAMES = frozenset(kind.frame for kind in KINDS.values())


def examples(kind: str) -> dict[str, str]:
    """What each name of a kind could look like."""
    return {name: told.example for name, told in KINDS[kind].names.items()}
