"""Draws in a child process that can be killed: the layout engine may hang or eat memory on what people typed.

One warm child per process, one document at a time (the engine has a global lock anyway); threads queue. A fork gets
its own child. A child that misses its deadline is killed, and the next document starts a new one.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.invoices.pdf import wire
from app.invoices.pdf.errors import BadDocument, RenderFailed, UndrawableError

if TYPE_CHECKING:
    from app.invoices.pdf.document import PrintedDocument
    from app.invoices.pdf.statement import PrintedStatement

log = logging.getLogger(__name__)
CHILD = Path(__file__).resolve().parent / "child.py"
START_SECONDS = 30.0
"""How long a child may take to be ready, on a machine that is busy with other things."""
RETIRE_AFTER = 500
"""Documents drawn by one child before a fresh one takes over, so that nothing the engine keeps can pile up."""


class Renderer:
    """Owner of one child process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._drawn = 0

    def render(self, doc: PrintedDocument | PrintedStatement, timeout_s: float, memory_mb: int, strict: bool) -> bytes:
        """The PDF. See `render_isolated`."""
        body = json.dumps({"doc": doc, "seconds": timeout_s, "memory_mb": memory_mb}, allow_nan=False).encode()
        if not self._lock.acquire(timeout=timeout_s + START_SECONDS):
            raise RenderFailed
        try:
            header, pdf = self._ask(body, timeout_s)
        except (wire.Closed, OSError) as error:
            log.warning("the drawing process was ended: %s", type(error).__name__)
            self._stop()
            raise RenderFailed from error
        except BaseException:
            self._stop()  # half an answer may still be in the socket
            raise
        finally:
            self._lock.release()
        return _judged(header, pdf, strict)

    def close(self) -> None:
        """Ends the child. The next document starts another."""
        with self._lock:
            self._stop()

    def pid(self) -> int | None:
        """The child's process id, None when there is none."""
        return self._child.pid if self._child else None

    def _ask(self, body: bytes, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        channel = self._ready()
        deadline = time.monotonic() + timeout_s
        try:
            wire.send(channel, body, deadline=deadline)
        except (BrokenPipeError, ConnectionResetError):  # it died while idle: this document is not to blame
            self._stop()
            channel = self._ready()
            deadline = time.monotonic() + timeout_s
            wire.send(channel, body, deadline=deadline)
        header = json.loads(wire.receive(channel, deadline))
        pdf = wire.receive(channel, deadline)
        self._drawn += 1
        if self._drawn >= RETIRE_AFTER or header.get("spent"):
            self._stop()
        return header, pdf

    def _ready(self) -> socket.socket:
        if self._channel and self._child and self._child.poll() is None:
            return self._channel
        self._stop()
        ours, theirs = socket.socketpair()
        with theirs:
            # No environment: what draws strangers' texts has no business with our secrets.
            self._child = subprocess.Popen(  # noqa: S603 - our interpreter, our file, nothing typed by anybody
                [sys.executable, "-I", str(CHILD)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={"LANG": "C.UTF-8"},
            )
        self._channel, self._drawn = ours, 0
        wire.receive(ours, time.monotonic() + START_SECONDS)
        return ours

    def _stop(self) -> None:
        if self._channel:
            self._channel.close()
        if self._child:
            self._child.kill()
            self._child.wait()
        self._child = self._channel = None

    def forget(self) -> None:
        """After a fork: the child is the parent's, so let go of it without a word."""
        if self._channel:
            self._channel.close()
        if self._child:
            self._child.returncode = 0  # not ours to wait for
        self._lock, self._child, self._channel = threading.Lock(), None, None


def _judged(header: dict[str, Any], pdf: bytes, strict: bool) -> bytes:
    if header.get("error") == "BadDocument":
        raise BadDocument(header["sentence"])
    if "error" in header:
        log.warning("not drawn: %s", header["sentence"])
        raise RenderFailed
    if header["complaints"] and strict:
        raise UndrawableError(header["complaints"])
    for complaint in header["complaints"]:
        log.warning("left out: %s", complaint)
    return pdf


_renderer = Renderer()
os.register_at_fork(after_in_child=_renderer.forget)
atexit.register(_renderer.close)


def render_isolated(
    doc: PrintedDocument | PrintedStatement, timeout_s: float = 20, memory_mb: int = 512, *, strict: bool = False
) -> bytes:
    """The PDF, drawn in a child process within `timeout_s` seconds and `memory_mb` megabytes of address space.

    Raises RenderFailed (worth another try) when the child was too slow, too big or died, BadDocument when the document
    has the wrong shape and, with `strict`, UndrawableError when something could not be drawn; else that is logged.
    """
    return _renderer.render(doc, timeout_s, memory_mb, strict)


def close() -> None:
    """Ends this process's child, if there is one; tests and shutdowns call it."""
    _renderer.close()
