"""The process that draws: `python -I child.py` with a socket as standard input. Started and killed by `isolated.py`.

It draws and nothing else: the web application, its settings and its secrets are neither imported nor inherited.
"""

import importlib
import json
import logging
import resource
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

APP = Path(__file__).resolve().parents[2]
SPARE_SECONDS = 2  # processor time beyond the request's own limit, before the kernel ends us


def load(name: str) -> Any:
    """Our own module, without running the `__init__` of the packages above it (2 s of imports and all of Flask)."""
    for package, folder in (("app", APP), ("app.invoices", APP / "invoices")):
        if package not in sys.modules:
            sys.modules[package] = bare = ModuleType(package)
            bare.__path__ = [str(folder)]
    return importlib.import_module(f"app.invoices.pdf.{name}")


def limit(memory_mb: int, seconds: float) -> None:
    """Bounds the next request: address space, and processor time from now. No core files."""
    memory = memory_mb * 1024 * 1024
    used = resource.getrusage(resource.RUSAGE_SELF)
    processor = int(used.ru_utime + used.ru_stime + seconds) + SPARE_SECONDS
    for what, soft in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, processor), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What to say to one request: a header and a PDF. Our own errors are named, any other is only typed."""
    errors = load("errors")
    try:
        drawn = load("render").draw(request["doc"])
    except (errors.BadDocument, errors.RenderFailed) as error:
        return {"error": type(error).__name__, "sentence": str(error)}, b""
    except Exception as error:  # the parent starts another process: what is left of this one cannot be trusted
        return {"error": "RenderFailed", "sentence": type(error).__name__, "spent": True}, b""
    return {"complaints": drawn.complaints}, drawn.pdf


def main() -> None:
    """Answers requests until the other side goes away; says one empty frame when it is warm."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; we end when it closes the socket
    logging.getLogger("xhtml2pdf").propagate = False
    channel = socket.socket(fileno=0)
    wire = load("wire")
    load("render").warm()
    try:
        wire.send(channel, b"")
        while True:
            request = json.loads(wire.receive(channel))
            limit(request["memory_mb"], request["seconds"])
            header, pdf = answer(request)
            wire.send(channel, json.dumps(header).encode(), pdf)
    except (wire.Closed, OSError):
        return


if __name__ == "__main__":
    main()
