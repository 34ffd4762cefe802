"""A MikroTik router on a port of this machine: the words of its API, sentence by sentence, and three of its tables.

It speaks the wire protocol by MikroTik's description (words with their length in front, a sentence ends with an empty
word), signs people in the new way or, before 6.43, the old one, and answers what it cannot do with traps.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

USER, PASSWORD = "duely", "pässword"
OLD_PASSWORD = "password"  # an old router hashes ASCII
Row = dict[str, str]


def encode(word: str) -> bytes:
    """A word with its length in front."""
    raw = word.encode()
    size = len(raw)
    for limit, width, mark in ((0x80, 1, 0), (0x4000, 2, 0x8000), (0x200000, 3, 0xC00000), (0x10000000, 4, 0xE0000000)):
        if size < limit:
            return (size | mark).to_bytes(width, "big") + raw
    raise ValueError("a word that is too long")


@dataclass
class FakeRouterOS:
    """What the router holds, and how it misbehaves.

    `old`: signs in by challenge only. `says`: a sentence that answers every command after the login. `silent`: takes
    connections and says nothing. `slow`: sends a byte every so many seconds, for ever.
    """

    port: int = 0
    old: bool = False
    says: Sequence[str] = ()
    silent: bool = False
    slow: float = 0
    tables: dict[str, list[Row]] = field(default_factory=lambda: {"secret": [], "active": [], "queue": []})
    heard: list[list[str]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, table: str, **values: str) -> Row:
        """A row, with the id the router gives it."""
        row = {".id": f"*{next(self.numbers):X}", **values}
        self.tables[table].append(row)
        return row

    def subscriber(self, name: str, profile: str = "home20", comment: str = "", online: bool = True) -> None:
        """A PPP secret, and its session."""
        self.add("secret", name=name, service="pppoe", profile=profile, disabled="false", comment=comment)
        if online:
            self.connect(name)

    def connect(self, name: str) -> None:
        """The subscriber's modem dials in, when it may."""
        if self.secret(name)["disabled"] == "false":
            self.add("active", name=name, service="pppoe", address="10.9.0.2")

    def secret(self, name: str) -> Row:
        """The secret of that name."""
        return next(row for row in self.tables["secret"] if row["name"] == name)

    def answer(self, words: list[str]) -> Iterator[list[str]]:
        """The sentences that answer one command."""
        self.heard.append(words)
        if self.says:
            yield list(self.says)
            if self.says[0] != "!trap":
                return
            yield ["!done"]
            return
        command, values = words[0], dict(word[1:].partition("=")[::2] for word in words[1:] if word.startswith("="))
        if command == "/system/identity/print":
            yield ["!re", "=name=Core 1"]
            yield ["!done"]
            return
        path, _, verb = command.rpartition("/")
        table = {"/ppp/secret": "secret", "/ppp/active": "active", "/queue/simple": "queue"}.get(path)
        if table is None:
            yield from _trap("no such command prefix", 0)
            return
        yield from getattr(self, f"_{verb}", self._unknown)(table, values, words)

    def _print(self, table: str, values: Row, words: list[str]) -> Iterator[list[str]]:
        wanted = values.get(".proplist", "").split(",") if ".proplist" in values else None
        tests = [word[1:].partition("=")[::2] for word in words if word.startswith("?")]
        for row in self.tables[table]:
            if all(row.get(name) == value for name, value in tests):
                shown = row if wanted is None else {name: row[name] for name in wanted if name in row}
                yield ["!re", *(f"={name}={value}" for name, value in shown.items())]
        yield ["!done"]

    def _set(self, table: str, values: Row, words: list[str]) -> Iterator[list[str]]:
        row = self._row(table, values)
        if row is None:
            yield from _trap("no such item", 0)
            return
        row |= {name: _stored(value) for name, value in values.items() if name != ".id"}
        yield ["!done"]

    def _add(self, table: str, values: Row, words: list[str]) -> Iterator[list[str]]:
        if any(row["name"] == values["name"] for row in self.tables[table]):
            yield from _trap("failure: already have such name", 4)
            return
        yield ["!done", f"=ret={self.add(table, **values)['.id']}"]

    def _remove(self, table: str, values: Row, words: list[str]) -> Iterator[list[str]]:
        row = self._row(table, values)
        if row is None:
            yield from _trap("no such item", 0)
            return
        self.tables[table].remove(row)
        yield ["!done"]

    def _unknown(self, table: str, values: Row, words: list[str]) -> Iterator[list[str]]:
        yield from _trap("no such command", 0)

    def _row(self, table: str, values: Row) -> Row | None:
        return next((row for row in self.tables[table] if row[".id"] == values.get(".id")), None)


def _stored(value: str) -> str:
    return {"yes": "true", "no": "false"}.get(value, value)


def _trap(message: str, category: int) -> Iterator[list[str]]:
    yield ["!trap", f"=category={category}", f"=message={message}"]
    yield ["!done"]


class _Talk(socketserver.StreamRequestHandler):
    router: FakeRouterOS
    context: ssl.SSLContext | None = None

    def setup(self) -> None:
        if self.context is not None:
            self.request = self.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def handle(self) -> None:
        router = self.router
        while router.silent or router.slow:
            time.sleep(router.slow or 0.05)
            if router.slow:
                self.wfile.write(b"\x7f" if not hasattr(self, "begun") else b"x")
                self.begun = True
        signed_in, challenge = False, ""
        while words := self._sentence():
            if words[0] == "/login":
                values = dict(word[1:].partition("=")[::2] for word in words[1:])
                if router.old and "response" not in values:
                    challenge = secrets.token_hex(16)
                    self._say("!done", f"=ret={challenge}")
                    continue
                signed_in = self._good(values, challenge)
                if not signed_in:
                    self._say("!trap", "=message=invalid user name or password (6)")
                self._say("!done")
            elif not signed_in:
                self._say("!fatal", "not logged in")
                return
            else:
                for sentence in router.answer(words):
                    self._say(*sentence)
                    if sentence[0] == "!fatal":
                        return

    def _good(self, values: Row, challenge: str) -> bool:
        if values.get("name") != USER:
            return False
        if not self.router.old:
            return values.get("password") == PASSWORD
        digest = hashlib.md5(b"\0" + OLD_PASSWORD.encode() + bytes.fromhex(challenge)).hexdigest()
        return bool(challenge) and values.get("response") == "00" + digest

    def _sentence(self) -> list[str]:
        words: list[str] = []
        while word := self._word():
            words.append(word)
        return words

    def _word(self) -> str:
        first = self.rfile.read(1)
        if not first or first == b"\0":
            return ""
        lead = first[0]
        more = 0 if lead < 0x80 else 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3
        size = int.from_bytes(first + self.rfile.read(more), "big")
        size &= (0x7F, 0x3FFF, 0x1FFFFF, 0xFFFFFFF)[more]
        return self.rfile.read(size).decode()

    def _say(self, *words: str) -> None:
        self.wfile.write(b"".join(map(encode, words)) + b"\0")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: socket.socket | Any, client_address: Any) -> None:
        """Whoever hangs up on the router is none of its troubles."""


@contextmanager
def run_fake_routeros(context: ssl.SSLContext | None = None, **behaviour: Any) -> Iterator[FakeRouterOS]:
    """A router that runs until the block is left."""
    router = FakeRouterOS(**behaviour)
    talk = type("Talk", (_Talk,), {"router": router, "context": context})
    with _Server(("127.0.0.1", 0), talk) as server:
        router.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield router
        finally:
            router.silent, router.slow = False, 0
            server.shutdown()
