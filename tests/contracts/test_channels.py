"""What every channel does with a message. The same cases for the real mail server, the mailbox and the fake."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest

from app.messages.channels.base import (
    Address,
    AddressRefused,
    Attachment,
    Channel,
    HeaderInjection,
    OutgoingMessage,
    PartlyRefused,
    TransportError,
)
from app.messages.channels.mailbox import Mailbox, NoSuchMessage
from app.messages.channels.memory import MemoryChannel
from app.messages.channels.smtp import SmtpChannel, SmtpSettings
from tests.contracts.smtp_server import MAX_BYTES, PASSWORD, USER, SmtpServer, run_smtp_server

MESSAGE = OutgoingMessage(
    message_id="<0199a7c2-0000-7000-8000-000000000001@duely.example>",
    date=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    sender=Address("Harmattan Fibre", "billing@harmattan.example"),
    to=(Address("Damilola", "damilola@lekki.example"),),
    subject="Invoice INV-2026-0415",
    text="You owe ₦344,000.00.\n",
    html="<p>You owe <b>₦344,000.00</b>.</p>\n",
)
EVERY_BYTE = bytes(range(256)) * 40


@dataclass
class Line:
    """A channel together with a look at what came out at its far end and a way to make its next send fail."""

    name: str
    channel: Channel
    raw: Callable[[], list[bytes]]
    fail_for_now: Callable[[], None]

    def received(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw()]

    def deliver(self, message: OutgoingMessage) -> EmailMessage:
        self.channel.send(message)
        return self.received()[-1]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    with run_smtp_server(tmp_path) as server:
        yield server


def settings_for(server: SmtpServer, **changes: object) -> SmtpSettings:
    settings = SmtpSettings(server.host, server.port, USER, PASSWORD, ca_file=server.ca_file)
    return replace(settings, **changes)  # type: ignore[arg-type]


@pytest.fixture(params=["smtp", "mailbox", "memory"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Line:
    if request.param == "smtp":
        server: SmtpServer = request.getfixturevalue("server")
        channel = SmtpChannel(settings_for(server))
        return Line("smtp", channel, lambda: server.delivered, lambda: server.at_data.append("451 4.3.0 Busy"))
    if request.param == "mailbox":
        folder = tmp_path / "mailbox"
        mailbox = Mailbox(folder)
        return Line(
            "mailbox",
            mailbox,
            lambda: [mailbox.raw(entry.id) for entry in reversed(mailbox.list())],
            lambda: folder.symlink_to("/dev/null"),
        )
    memory = MemoryChannel()
    busy = TransportError("The mail server asked to try later.", permanent=False)
    return Line("memory", memory, lambda: memory.raw, lambda: memory.fail_next(busy))


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(cast(EmailMessage, part).get_content()).replace("\r\n", "\n")


# --- every channel ---------------------------------------------------------------------------------------------------


def test_text_and_html_arrive_as_alternatives_of_each_other(line: Line) -> None:
    mail = line.deliver(MESSAGE)
    assert mail.get_content_type() == "multipart/alternative"
    assert body(mail, "plain") == MESSAGE.text
    assert body(mail, "html") == MESSAGE.html


def test_a_message_without_html_is_plain_text_alone(line: Line) -> None:
    mail = line.deliver(replace(MESSAGE, html=None))
    assert mail.get_content_type() == "text/plain"
    assert body(mail, "plain") == MESSAGE.text


def test_names_and_subjects_outside_ascii_arrive_unchanged(line: Line) -> None:
    subject = "Ìwé owó ₦344,000 · فاتورة · 請求書 · " + "ọ̀rọ̀ " * 30
    mail = line.deliver(
        replace(
            MESSAGE,
            subject=subject.strip(),
            sender=Address('Bọ́lá, "Adé" & Sons', "billing@harmattan.example"),
            to=(Address("Ṣọlá Àjàyí", "sola@lekki.example"),),
        )
    )
    assert mail["Subject"] == subject.strip()
    assert mail["From"].addresses[0].display_name == 'Bọ́lá, "Adé" & Sons'
    assert mail["To"].addresses[0].display_name == "Ṣọlá Àjàyí"


def test_every_recipient_is_named(line: Line) -> None:
    many = tuple(Address(f"Person {n}, Accounts", f"person{n}@lekki.example") for n in range(12))
    mail = line.deliver(replace(MESSAGE, to=many))
    assert [(a.display_name, a.addr_spec) for a in mail["To"].addresses] == list(many)


def test_attachments_arrive_byte_for_byte_with_their_names(line: Line) -> None:
    files = (
        Attachment("INV-2026-0415.pdf", "application/pdf", b"%PDF-1.4\r\n" + EVERY_BYTE),
        Attachment("ìnáwó ọdún.csv", "text/csv", "a;b\r\nọ;₦\n".encode()),
    )
    parts = list(line.deliver(replace(MESSAGE, attachments=files)).iter_attachments())
    arrived = [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) for part in parts]
    assert arrived == [(file.filename, file.content_type, file.content) for file in files]


def test_the_mail_says_that_a_machine_wrote_it_when_and_where_to_answer(line: Line) -> None:
    mail = line.deliver(replace(MESSAGE, reply_to=Address("Ada", "ada@harmattan.example")))
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == MESSAGE.message_id
    assert mail["Date"].datetime == MESSAGE.date
    assert mail["Reply-To"].addresses[0].addr_spec == "ada@harmattan.example"


def test_long_unsubscribe_links_are_not_broken_into_pieces(line: Line) -> None:
    link = f"<https://duely.example/u/{'x' * 300}/>, <mailto:stop@duely.example>"
    headers = (("List-Unsubscribe", link), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    line.channel.send(replace(MESSAGE, headers=headers))
    assert f"List-Unsubscribe: {link}\r\n".encode() in line.raw()[-1]


def test_international_domains_travel_in_their_ascii_form(line: Line) -> None:
    mail = line.deliver(replace(MESSAGE, to=(Address("", "info@bücher.example"),)))
    assert mail["To"].addresses[0].addr_spec == "info@xn--bcher-kva.example"


def test_lines_beginning_with_a_dot_survive(line: Line) -> None:
    text = ".\n..\n.hidden\nlast\n"
    assert body(line.deliver(replace(MESSAGE, text=text)), "plain") == text


def test_the_same_message_sent_twice_keeps_its_message_id(line: Line) -> None:
    line.channel.send(MESSAGE)
    line.channel.send(MESSAGE)
    assert {mail["Message-ID"] for mail in line.received()} == {MESSAGE.message_id}


@pytest.mark.parametrize("poison", ["a\r\nBcc: thief@evil.example", "a\nb", "a\rb", "a\0b", "a\x1bb", "a\u2028b"])
@pytest.mark.parametrize("place", ["subject", "sender", "recipient", "reply_to", "address", "filename", "header"])
def test_header_injection_is_refused_for_good_and_nothing_leaves(line: Line, place: str, poison: str) -> None:
    poisoned = {
        "subject": replace(MESSAGE, subject=poison),
        "sender": replace(MESSAGE, sender=Address(poison, "a@b.example")),
        "recipient": replace(MESSAGE, to=(Address(poison, "a@b.example"),)),
        "reply_to": replace(MESSAGE, reply_to=Address(poison, "a@b.example")),
        "address": replace(MESSAGE, to=(Address("", f"{poison}@b.example"),)),
        "filename": replace(MESSAGE, attachments=(Attachment(poison, "application/pdf", b"x"),)),
        "header": replace(MESSAGE, headers=(("List-Unsubscribe", poison),)),
    }[place]
    with pytest.raises(HeaderInjection) as caught:
        line.channel.send(poisoned)
    assert caught.value.permanent
    assert line.raw() == []


@pytest.mark.parametrize(
    "address, why",
    [
        ("ṣọlá@lekki.example", "letters before the @"),
        ("no-at-sign", "not a mail address"),
        ("two words@lekki.example", "not a mail address"),
        ("a@b@lekki.example", "not a mail address"),
        ("@lekki.example", "not a mail address"),
        ("a@", "not a mail address"),
        ("a@..example", "cannot exist"),
        ("x" * 65 + "@lekki.example", "not a mail address"),
    ],
)
def test_an_address_that_cannot_work_is_refused_by_name(line: Line, address: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why) as caught:
        line.channel.send(replace(MESSAGE, to=(Address("", address),)))
    assert caught.value.permanent
    assert address in caught.value.reason


@pytest.mark.parametrize(
    "change",
    [
        {"to": ()},
        {"headers": (("Bcc", "thief@evil.example"),)},
        {"message_id": "no brackets"},
        {"attachments": (Attachment("a.eml", "message/rfc822", b"x"),)},
    ],
)
def test_what_no_mail_may_be_is_refused_for_good(line: Line, change: dict[str, object]) -> None:
    with pytest.raises(TransportError) as caught:
        line.channel.send(replace(MESSAGE, **change))  # type: ignore[arg-type]
    assert caught.value.permanent
    assert line.raw() == []


def test_trouble_that_passes_is_not_permanent_and_speaks_plainly(line: Line) -> None:
    line.fail_for_now()
    with pytest.raises(TransportError) as caught:
        line.channel.send(MESSAGE)
    assert not caught.value.permanent
    assert caught.value.reason.startswith("The ")
    assert str(caught.value) == caught.value.reason


# --- the mail server -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stage, reply, permanent, reason",
    [
        ("rcpt", "550 5.1.1 No such user", True, "The mailbox does not exist."),
        ("rcpt", "550 unknown", True, "The mailbox does not exist."),
        ("rcpt", "552 5.2.2 Over quota", True, "The mailbox is full."),
        ("rcpt", "452 4.2.2 Over quota", False, "The mailbox is full."),
        ("rcpt", "450 4.2.0 Greylisted", False, "The mail server asked to try later."),
        ("rcpt", "451 4.3.0 Try again", False, "The mail server asked to try later."),
        ("rcpt", "550 5.7.1 Spam", True, "The mail server refused the message as unwanted."),
        ("data", "451 4.3.0 Try again", False, "The mail server asked to try later."),
        ("data", "552 5.3.4 Too big", True, "The message is too big for the mail server."),
        ("data", "554 5.6.0 No", True, "The mail server refused the message."),
    ],
)
def test_a_servers_answer_becomes_a_reason_and_a_retry_policy(
    server: SmtpServer, stage: str, reply: str, permanent: bool, reason: str
) -> None:
    if stage == "rcpt":
        server.at_recipient["damilola@lekki.example"] = reply
    else:
        server.at_data.append(reply)
    with pytest.raises(TransportError) as caught:
        SmtpChannel(settings_for(server)).send(MESSAGE)
    assert (caught.value.reason, caught.value.permanent) == (reason, permanent)
    assert reply[:3] in caught.value.detail
    assert server.delivered == []


@pytest.mark.parametrize(
    "stage, reply, about_one",
    [
        ("rcpt", "450 4.2.0 Greylisted", True),
        ("rcpt", "451 Try again", True),
        ("rcpt", "452 4.2.2 Over quota", True),
        ("rcpt", "421 4.3.2 Closing", False),
        ("data", "451 4.7.1 Greylisted", True),
        ("data", "452 4.2.2 Over quota", True),
        ("data", "452 4.3.1 Disk full", False),
        ("data", "421 Closing", False),
        ("mail", "451 4.3.0 Try again", False),
    ],
)
def test_a_refusal_for_now_says_whether_it_is_about_this_message_or_about_the_server(
    server: SmtpServer, monkeypatch: pytest.MonkeyPatch, stage: str, reply: str, about_one: bool
) -> None:
    code, _, words = reply.partition(" ")
    if stage == "rcpt":
        server.at_recipient["damilola@lekki.example"] = reply
    elif stage == "data":
        server.at_data.append(reply)
    else:
        monkeypatch.setattr(smtplib.SMTP, "mail", lambda *_: (int(code), words.encode()))
    with pytest.raises(TransportError) as caught:
        SmtpChannel(settings_for(server)).send(MESSAGE)
    assert (caught.value.about_one, caught.value.permanent) == (about_one, False)


def test_a_message_over_the_announced_size_is_refused_for_good(server: SmtpServer) -> None:
    big = replace(MESSAGE, attachments=(Attachment("a.pdf", "application/pdf", b"x" * MAX_BYTES),))
    with pytest.raises(TransportError, match="too big for the mail server") as caught:
        SmtpChannel(settings_for(server)).send(big)
    assert caught.value.permanent


def test_one_refused_recipient_among_several_is_reported_and_the_rest_get_the_mail(server: SmtpServer) -> None:
    server.at_recipient["gone@lekki.example"] = "550 5.1.1 No such user"
    server.at_recipient["full@lekki.example"] = "452 4.2.2 Full"
    to = tuple(Address("", f"{name}@lekki.example") for name in ("ada", "gone", "full"))
    with pytest.raises(PartlyRefused) as caught:
        SmtpChannel(settings_for(server)).send(replace(MESSAGE, to=to))
    assert server.recipients == [["ada@lekki.example"]]
    assert caught.value.permanent
    assert caught.value.provider_id == MESSAGE.message_id
    assert caught.value.accepted == ("ada@lekki.example",)
    assert [(r.address, r.permanent) for r in caught.value.refused] == [
        ("gone@lekki.example", True),
        ("full@lekki.example", False),
    ]
    assert "not to gone@lekki.example: The mailbox does not exist." in caught.value.reason


def test_several_recipients_all_refused_are_tried_again_if_one_of_them_may_work_later(server: SmtpServer) -> None:
    server.at_recipient["gone@lekki.example"] = "550 5.1.1 No such user"
    server.at_recipient["busy@lekki.example"] = "450 4.2.0 Later"
    to = tuple(Address("", f"{name}@lekki.example") for name in ("gone", "busy"))
    with pytest.raises(TransportError) as caught:
        SmtpChannel(settings_for(server)).send(replace(MESSAGE, to=to))
    assert not caught.value.permanent


def test_mail_is_sent_signed_in_and_encrypted(server: SmtpServer) -> None:
    SmtpChannel(settings_for(server)).send(MESSAGE)
    assert (server.signed_in, server.encrypted) == ([True], [True])


def test_a_bad_login_is_named_and_not_permanent_because_the_message_is_fine(server: SmtpServer) -> None:
    channel = SmtpChannel(settings_for(server, password="wrong-password"))
    with pytest.raises(TransportError, match="refused our user name or password") as caught:
        channel.send(MESSAGE)
    assert not caught.value.permanent
    assert "wrong-password" not in caught.value.reason + caught.value.detail + repr(channel.settings)


def test_a_missing_login_is_the_same_trouble(server: SmtpServer) -> None:
    with pytest.raises(TransportError, match="refused our user name or password") as caught:
        SmtpChannel(settings_for(server, user="")).send(MESSAGE)
    assert not caught.value.permanent


def test_an_unknown_certificate_is_refused(server: SmtpServer) -> None:
    with pytest.raises(TransportError, match="certificate is not one we trust") as caught:
        SmtpChannel(settings_for(server, ca_file="")).send(MESSAGE)
    assert not caught.value.permanent
    assert server.delivered == []


def test_a_password_is_never_sent_without_encryption(tmp_path: Path) -> None:
    with run_smtp_server(tmp_path, tls=False) as server:
        with pytest.raises(TransportError, match="our password was not sent"):
            SmtpChannel(settings_for(server)).send(MESSAGE)
        assert server.delivered == []


def test_a_relay_without_login_and_without_encryption_is_allowed(tmp_path: Path) -> None:
    with run_smtp_server(tmp_path, tls=False, sign_in=False) as server:
        SmtpChannel(settings_for(server, user="", password="")).send(MESSAGE)
        assert (server.encrypted, server.signed_in) == ([False], [False])


def test_tls_from_the_start_works_when_it_is_asked_for(tmp_path: Path) -> None:
    with run_smtp_server(tmp_path, implicit=True, sign_in=False) as server:
        SmtpChannel(settings_for(server, user="", implicit_tls=True)).send(MESSAGE)
        assert len(server.delivered) == 1


@pytest.mark.parametrize("port, chosen, expected", [(465, None, True), (587, None, False), (2465, True, True)])
def test_port_465_means_tls_from_the_start_unless_told(port: int, chosen: bool | None, expected: bool) -> None:
    assert SmtpSettings("mail.example", port, implicit_tls=chosen).tls_from_the_start is expected


def test_the_settings_can_be_tried_without_sending_anything(server: SmtpServer) -> None:
    SmtpChannel(settings_for(server)).check("billing@harmattan.example")
    assert server.delivered == []
    with pytest.raises(TransportError, match="user name or password"):
        SmtpChannel(settings_for(server, password="no")).check("billing@harmattan.example")


def test_nobody_listening_is_not_permanent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(TransportError, match="not accepting connections") as caught:
            SmtpChannel(SmtpSettings("127.0.0.1", port)).send(MESSAGE)
    assert not caught.value.permanent


def test_a_silent_server_is_given_up_after_the_read_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = SmtpSettings("127.0.0.1", listener.getsockname()[1], connect_timeout=5, read_timeout=0.2)
        with pytest.raises(TransportError, match="did not answer in time") as caught:
            SmtpChannel(settings).send(MESSAGE)
    assert not caught.value.permanent
    assert not caught.value.maybe_out


def test_a_server_that_does_not_say_whether_it_took_the_text_may_have_it(server: SmtpServer) -> None:
    server.slow = 5.0
    with pytest.raises(TransportError, match="did not answer in time") as caught:
        SmtpChannel(settings_for(server, read_timeout=2)).send(MESSAGE)
    assert caught.value.maybe_out


def test_a_server_that_hangs_up_is_not_permanent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.sendall(b"220 hello\r\n")
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        try:
            with pytest.raises(TransportError) as caught:
                SmtpChannel(SmtpSettings("127.0.0.1", listener.getsockname()[1])).send(MESSAGE)
        finally:
            thread.join()
    assert not caught.value.permanent


# --- the mailbox -----------------------------------------------------------------------------------------------------


def test_the_mailbox_lists_newest_first_and_shows_a_message_with_its_parts(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mailbox")
    pdf = Attachment("INV.pdf", "application/pdf", EVERY_BYTE)
    first = mailbox.send(replace(MESSAGE, attachments=(pdf,), reply_to=Address("Ada", "ada@harmattan.example")))
    later = replace(
        MESSAGE, message_id="<2@duely.example>", date=datetime(2026, 11, 21, tzinfo=UTC), subject="Ọjọ́ kejì"
    )
    second = mailbox.send(later)
    assert [(entry.id, entry.subject) for entry in mailbox.list()] == [(second, "Ọjọ́ kejì"), (first, MESSAGE.subject)]
    assert [entry.id for entry in mailbox.list(limit=1)] == [second]
    shown = mailbox.get(first)
    assert shown.sender == "Harmattan Fibre <billing@harmattan.example>"
    assert shown.to == "Damilola <damilola@lekki.example>"
    assert shown.reply_to == "Ada <ada@harmattan.example>"
    assert (shown.subject, shown.date, shown.message_id) == (MESSAGE.subject, MESSAGE.date, MESSAGE.message_id)
    assert shown.attachments == (pdf,)
    assert "₦344,000.00" in shown.text
    assert shown.html is not None
    assert "<b>₦344,000.00</b>" in shown.html


def test_a_message_repeated_after_a_crash_is_one_message_in_the_mailbox(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    assert mailbox.send(MESSAGE) == mailbox.send(MESSAGE)
    assert len(mailbox.list()) == 1


def test_a_mailbox_nobody_wrote_to_is_empty(tmp_path: Path) -> None:
    assert Mailbox(tmp_path / "nothing-yet").list() == []


@pytest.mark.parametrize("identifier", ["", "../../etc/passwd", "20261120T093000000000-00000000000000aa\n", "x" * 5000])
def test_an_id_that_is_none_finds_nothing(tmp_path: Path, identifier: str) -> None:
    with pytest.raises(NoSuchMessage):
        Mailbox(tmp_path).get(identifier)


def test_a_well_formed_id_of_no_message_finds_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoSuchMessage):
        Mailbox(tmp_path).get("20261120T093000000000-00000000000000aa")
