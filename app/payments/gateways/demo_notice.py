"""The demo bank's notices: a signed POST to the business about money, a refund or a dispute, tried three times."""

import json
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from app.payments.gateways import signatures
from app.payments.gateways.demo_disputes import DemoDispute
from app.payments.gateways.demo_refunds import Refund
from app.payments.gateways.demo_store import Page

HEADER: Final = "x-demo-signature"
PAID: Final = "payment.succeeded"
_PAUSES: Final = (0.0, 1.0, 3.0)
_TIMEOUT: Final = (3.0, 3.0)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One notice and where it goes. `about` names it in the log."""

    url: str
    about: str
    raw: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


def compose(page: Page) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of the notice that `page` was paid."""
    data = {"id": page.id, "reference": page.reference, "amount": page.paid_minor, "currency": page.currency}
    return _signed(page.account, PAID, data)


def compose_refund(refund: Refund) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of the notice that a refund has come to its end."""
    data = {
        "id": refund.id,
        "reference": refund.reference,
        "state": refund.fate,
        "amount": refund.amount_minor,
        "currency": refund.currency,
        "note": refund.note,
    }
    return _signed(refund.account, f"refund.{refund.fate}", data)


def compose_dispute(dispute: DemoDispute) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of the notice that a dispute was opened or decided."""
    told = dispute.described()
    data = {
        "id": dispute.id,
        "reference": dispute.reference,
        "state": dispute.state,
        "amount": dispute.amount_minor,
        "currency": dispute.currency,
        "category": told.category,
        "due_at": told.due_at.isoformat() if told.due_at else None,
        "resolution": dispute.resolution,
    }
    return _signed(dispute.account, "dispute.resolved" if dispute.state == "resolved" else "dispute.opened", data)


def send_soon(page: Page, after_seconds: float = 0.0) -> threading.Thread:
    """Deliver the notice that `page` was paid from a thread of its own, `after_seconds` from now. It may be joined."""
    return post_soon(Parcel(page.webhook_url, page.reference, *compose(page)), after_seconds)


def post_soon(parcel: Parcel, after_seconds: float = 0.0) -> threading.Thread:
    """Deliver any notice from a thread of its own, `after_seconds` from now. The thread may be joined."""
    thread = threading.Thread(target=_deliver, args=(parcel, after_seconds), name="demo-notice", daemon=True)
    thread.start()
    return thread


def _signed(account: str, event: str, data: dict[str, object]) -> tuple[bytes, dict[str, str]]:
    raw = json.dumps({"event": event, "data": data}).encode()
    return raw, {"Content-Type": "application/json", HEADER: signatures.sign(account, raw)}


def _deliver(parcel: Parcel, after_seconds: float) -> None:
    import requests  # 8 MB that a process only needs once somebody pays

    time.sleep(after_seconds)
    for pause in _PAUSES:
        time.sleep(pause)
        try:
            answer = requests.post(
                parcel.url, data=parcel.raw, headers=parcel.headers, timeout=_TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            _log.warning("demo bank: notice for %s not delivered: %s", parcel.about, type(error).__name__)
            continue
        if answer.ok:
            return
        _log.warning("demo bank: notice for %s answered %s", parcel.about, answer.status_code)
