"""The demo bank's notices: a signed POST to the business when money has come, tried three times."""

import json
import logging
import threading
import time
from typing import Final

from app.payments.gateways import signatures
from app.payments.gateways.demo_store import Page

HEADER: Final = "x-demo-signature"
PAID: Final = "payment.succeeded"
_PAUSES: Final = (0.0, 1.0, 3.0)
_TIMEOUT: Final = (3.0, 3.0)

_log = logging.getLogger(__name__)


def compose(page: Page) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of the notice that `page` was paid."""
    data = {"id": page.id, "reference": page.reference, "amount": page.paid_minor, "currency": page.currency}
    raw = json.dumps({"event": PAID, "data": data}).encode()
    return raw, {"Content-Type": "application/json", HEADER: signatures.sign(page.account, raw)}


def send_soon(page: Page, after_seconds: float = 0.0) -> threading.Thread:
    """Deliver the notice from a thread of its own, `after_seconds` from now. The thread may be joined."""
    thread = threading.Thread(target=_deliver, args=(page, after_seconds), name="demo-notice", daemon=True)
    thread.start()
    return thread


def _deliver(page: Page, after_seconds: float) -> None:
    import requests  # 8 MB that a process only needs once somebody pays

    raw, headers = compose(page)
    time.sleep(after_seconds)
    for pause in _PAUSES:
        time.sleep(pause)
        try:
            answer = requests.post(page.webhook_url, data=raw, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            _log.warning("demo bank: notice for %s not delivered: %s", page.reference, type(error).__name__)
            continue
        if answer.ok:
            return
        _log.warning("demo bank: notice for %s answered %s", page.reference, answer.status_code)
