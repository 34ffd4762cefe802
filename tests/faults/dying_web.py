"""The web server's application, which dies of SIGKILL when so many forms are done and none of them is answered.

`DIES_AT` is a file with that number; it is gone once that happened.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from flask import Response, request

from app import create_app

app = create_app()
done: list[str] = []
lock = threading.Lock()


@app.after_request
def die(response: Response) -> Response:
    """What a view did is committed here; its answer has not left."""
    order = Path(os.environ["DIES_AT"])
    if request.method != "POST" or not order.exists():
        return response
    with lock:
        done.append(request.path)
        if len(done) == int(order.read_text()):
            order.unlink()
            os.killpg(os.getpgid(0), signal.SIGKILL)
    while True:
        time.sleep(1)
