"""The journal: every request and its answer, every notice and how it was taken. Never a key."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_SECRET = ("authorization", "cookie", "x-paystack-signature")


@dataclass
class Call:
    """One request as it came, and how it was answered. `status` 0: not at all. `failure`: what went wrong on demand."""

    method: str
    path: str
    body: Any
    status: int = 0
    answer: Any = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    failure: str | None = None
    at: float = field(default_factory=time.time)


@dataclass
class Delivery:
    """One try to deliver a notice. `status` 0: nobody answered."""

    event: str
    url: str
    body: str
    status: int = 0
    at: float = field(default_factory=time.time)


class Journal(list[Call]):
    """Calls in the order they came, and in a file of JSON lines as well if there is a path."""

    def __init__(self) -> None:
        super().__init__()
        self.path: Path | None = None
        self._lock = threading.Lock()

    def note(self, call: Call) -> None:
        """Write a call down as it comes, before anything is done about it."""
        with self._lock:
            self.append(call)

    def answered(self, entry: Call | Delivery) -> None:
        """Write to the file how it ended."""
        if self.path is not None:
            line = json.dumps({"kind": type(entry).__name__.lower(), **asdict(entry)})
            with self._lock, self.path.open("a") as file:
                file.write(line + "\n")


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as they may be kept."""
    return {name: "(hidden)" if name.lower() in _SECRET else value for name, value in headers.items()}
