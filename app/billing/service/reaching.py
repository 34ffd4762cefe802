"""Whether clients can be written to, asked of very many at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.auth.models import Business
from app.billing import queries
from app.billing.queries import Agreement
from app.messages.rules import usable


def reach_of(business: Business, dead: set[tuple[str, str]], found: Sequence[Agreement]) -> Callable[[Agreement], bool]:
    """Tells of each agreement whether its client has a channel with an address that works.

    `dead` are the (channel, address) pairs that refused messages.
    """
    order = tuple(business.channels)
    plain = {one.row.client_id for one in found if not _easily(one, order, dead)}
    people = queries.run_facts.contacts_of(business.id, sorted(plain)) if plain else {}

    def reachable(one: Agreement) -> bool:
        row = one.row
        if row.client_id not in plain:
            return True
        emails, number = people.get(row.client_id, ([], ""))
        phone = row.phone or number
        addresses = [one for one in (row.email, *emails) if one and ("email", one) not in dead]
        channels = usable(row.channels or order, row.consents, emails=addresses, phone=phone)
        return any(channel == "email" or (channel, phone) not in dead for channel in channels)

    return reachable


def _easily(one: Agreement, order: Sequence[str], dead: set[tuple[str, str]]) -> bool:
    """Whether an e-mail will do, as it does for nearly everybody."""
    row = one.row
    return bool(row.email) and "email" in (row.channels or order) and ("email", row.email) not in dead
