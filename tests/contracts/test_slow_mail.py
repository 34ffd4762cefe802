"""Mail servers that talk without coming to an end: a connection is cut in time, and the message is none the worse."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.jobs.outbox import LEASE
from app.messages.channels.base import TransportError
from app.messages.channels.smtp import TOTAL_TIMEOUT, SmtpChannel, SmtpSettings
from tests.contracts.smtp_server import run_smtp_server
from tests.contracts.test_channels import MESSAGE

ENOUGH = b"220 hello\r\n", b"250 hello\r\n", b"250 fine\r\n", b"250 fine\r\n", b"354 go on\r\n"


@contextmanager
def talking(*pieces: bytes, every: float = 0.02) -> Iterator[int]:
    """A port where somebody says these, and the last of them again and again, until the other side hangs up."""

    def talk() -> None:
        connection, _ = listener.accept()
        with contextlib.suppress(OSError), connection:
            for piece in itertools.chain(pieces, itertools.repeat(pieces[-1])):
                connection.sendall(piece)
                time.sleep(every)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            thread.join(60)
            assert not thread.is_alive(), "the connection was left open"


@pytest.mark.parametrize("implicit", [False, True], ids=["plain", "TLS from the start"])
@pytest.mark.parametrize(
    "words",
    [(b"220-", b" "), (b"220 hello\r\n", b"2"), (*ENOUGH, b"250")],
    ids=["greeting", "answer", "its word for the text"],
)
def test_a_server_that_says_a_byte_now_and_then_is_given_up_in_time(words: tuple[bytes, ...], implicit: bool) -> None:
    before = threading.active_count()
    with talking(*words) as port:
        # No pause is ever longer than the read timeout.
        settings = SmtpSettings("127.0.0.1", port, implicit_tls=implicit, read_timeout=60, total_timeout=0.5)
        began = time.monotonic()
        with pytest.raises(TransportError) as caught:
            SmtpChannel(settings).send(MESSAGE)
        assert time.monotonic() - began < 20
    assert not caught.value.permanent
    assert implicit or "did not answer in time" in caught.value.reason
    until = time.monotonic() + 60
    while threading.active_count() > before:
        assert time.monotonic() < until, "something still counts"
        time.sleep(0.01)


def test_a_line_without_an_end_says_nothing_against_the_message() -> None:
    with talking(b"220 hello\r\n", b"2" * 4096) as port, pytest.raises(TransportError) as caught:
        SmtpChannel(SmtpSettings("127.0.0.1", port)).send(MESSAGE)
    assert not caught.value.permanent


def test_a_mail_that_was_sent_leaves_nothing_that_counts_seconds(tmp_path: Path) -> None:
    before = {one.ident for one in threading.enumerate()}
    with run_smtp_server(tmp_path, tls=False, sign_in=False) as server:
        SmtpChannel(SmtpSettings(server.host, server.port)).send(MESSAGE)
        assert len(server.delivered) == 1
    until = time.monotonic() + 60
    while {one.ident for one in threading.enumerate() if isinstance(one, threading.Timer)} - before:
        assert time.monotonic() < until, "something still counts"
        time.sleep(0.01)


def test_nobody_else_has_taken_the_message_when_its_time_is_up() -> None:
    assert LEASE.total_seconds() > TOTAL_TIMEOUT + 10
