"""Whether clients can be written to, asked of very many at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.auth.models import Business
from app.billing.queries import Agreement
from app.clients.many import reaches


def reach_of(business: Business, dead: set[tuple[str, str]], found: Sequence[Agreement]) -> Callable[[Agreement], bool]:
    """Tells of each agreement whether its client has a channel with an address that works.

    `dead` are the (channel, address) pairs that refused messages.
    """
    by_mail = "email" in business.channels
    others = {one.row.client_id for one in found if not _easily(one, by_mail, dead)}
    whom = reaches(business.id, others) if others else {}

    def reachable(one: Agreement) -> bool:
        if one.row.client_id not in others:
            return True
        reach = whom[one.row.client_id]
        return any((channel, to) not in dead for channel in reach.channels for _, to in reach.recipients(channel))

    return reachable


def _easily(one: Agreement, by_mail: bool, dead: set[tuple[str, str]]) -> bool:
    """Whether an e-mail will do, as it does for nearly everybody."""
    row = one.row
    return bool(row.email) and by_mail and row.channels_text == "[]" and ("email", row.email) not in dead
