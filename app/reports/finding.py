"""Finding anything of a business from one box: clients, invoices and items by words, and the places of the house."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.auth.rules import Role, at_least
from app.catalog.queries import FoundItem, search_items
from app.clients.models import Client
from app.clients.queries import search_clients
from app.folding import fold
from app.invoices.client_queries import balances
from app.invoices.queries.lists import Filters, Row, list_invoices
from app.invoices.rules.badges import badge
from app.money import Money

CLIENTS, INVOICES, ITEMS = 5, 6, 4
"""How many of each are shown; whoever looks for more types another word or opens the list."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: where, what it is called, its icon, who may, and other words people look for it with."""

    url: str
    name: str
    icon: str
    role: Role = "viewer"
    words: str = ""


PLACES = (
    Place("/invoices/new/", "New invoice", "plus", "staff", "write bill"),
    Place("/payments/new/", "Record payment", "cash", "staff", "money received"),
    Place("/clients/new/", "New client", "user-plus", "staff", "customer add"),
    Place("/items/new/", "New item", "tag", "staff", "product price add"),
    Place("/billing/plans/new/", "New plan", "stack-2", "staff", "product add-on recurring"),
    Place("/", "Dashboard", "layout-dashboard", words="home start figures"),
    Place("/invoices/", "Invoices", "file-invoice", words="documents drafts"),
    Place("/invoices/?view=overdue", "Overdue invoices", "alert-circle", words="late unpaid reminders"),
    Place("/payments/", "Payments", "cash", words="money received"),
    Place("/clients/", "Clients", "users", words="customers"),
    Place("/items/", "Items", "tag", words="products prices catalogue"),
    Place("/items/taxes/", "Taxes", "receipt-tax", words="vat rates"),
    Place("/billing/plans/", "Plans", "stack-2", words="products prices recurring add-ons"),
    Place("/reports/", "Reports", "chart-bar", words="books figures"),
    Place(
        "/reports/recurring/", "Recurring revenue", "chart-bar", words="reports mrr arr churn retention subscriptions"
    ),
    Place("/reports/getting-paid/", "Getting paid", "chart-bar", words="reports expected cash days dso reminders"),
    Place("/reports/journal/", "Journal", "file-description", "admin", "reports books accountant export csv beancount"),
    Place("/settings/", "Settings", "settings", words="business logo address bank"),
    Place("/settings/documents/", "Numbers and dates", "hash", words="settings currency language pattern"),
    Place("/settings/payments/", "Paystack keys", "key", words="settings online gateway card"),
    Place("/settings/members/", "Members", "user-check", words="settings invite people roles team"),
    Place("/settings/api/", "API tokens", "key", words="settings programs software integration"),
    Place("/account/", "Your account", "user-circle", words="password e-mail sessions"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `owed`: {client: what they owe, one per currency}. `badges`: {invoice: (ring, words)}."""

    clients: Sequence[Client] = ()
    owed: Mapping[uuid.UUID, Sequence[Money]] | None = None
    invoices: Sequence[Row] = ()
    badges: Mapping[uuid.UUID, tuple[str, str]] | None = None
    items: Sequence[FoundItem] = ()
    places: Sequence[Place] = ()

    @property
    def many(self) -> int:
        """How many rows there are."""
        return len(self.clients) + len(self.invoices) + len(self.items) + len(self.places)


def find(business_id: uuid.UUID, text: str, role: Role, today: date) -> Found:
    """What fits all words of `text` and may be opened with this role; without words only the places."""
    places = [place for place in PLACES if at_least(role, place.role) and _fits(place, text)]
    if not fold(text):
        return Found(places=places)
    clients = search_clients(business_id, text, limit=CLIENTS)
    invoices = list_invoices(business_id, Filters(text=text), None, today, limit=INVOICES).items
    return Found(
        clients=clients,
        owed=balances(business_id, [client.id for client in clients]),
        invoices=invoices,
        badges={row.id: badge(row.state, row.sent, row.due_date, today, row.gone, row.seen) for row in invoices},
        items=search_items(business_id, text, limit=ITEMS),
        places=places,
    )


def _fits(place: Place, text: str) -> bool:
    """Whether every word typed begins a word of the place."""
    known = fold(f"{place.name} {place.words}").split()
    return all(any(word.startswith(typed) for word in known) for typed in fold(text).split())
