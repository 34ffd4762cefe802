"""`flask check-messages` and `flask check-storage` say what works, and end with 1 when something does not."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from config import Mail, Twilio
from tests.contracts.fake_cloudinary import CLOUD, KEY, SECRET, run_fake_cloudinary
from tests.contracts.fake_twilio import ACCOUNT, TOKEN, WHATSAPP, run_fake_twilio
from tests.contracts.smtp_server import PASSWORD, USER, run_smtp_server

NO_MAIL = "Mail: not configured. Set EMAIL_HOST and EMAIL_FROM."
NO_TEXTS = "WhatsApp and SMS: not configured. Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and a number."


def run(app, command: str) -> tuple[int, list[str]]:
    """The exit code and the lines of a command."""
    result = app.test_cli_runner().invoke(args=[command])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output.splitlines()


@pytest.fixture
def refusing():
    """A port at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


def test_nothing_configured_is_no_failure(make_app) -> None:
    assert run(make_app(), "check-messages") == (0, [NO_MAIL, NO_TEXTS])


def test_messages_for_the_log_are_said_to_stay(make_app) -> None:
    code, lines = run(make_app(messages="console"), "check-messages")
    assert (code, lines) == (0, ["Nothing leaves: MESSAGES=console writes mail and texts to the log."])


def test_what_works_is_said_to_work_and_nothing_is_sent(make_app, tmp_path: Path) -> None:
    with run_smtp_server(tmp_path) as server, run_fake_twilio() as twilio:
        mail = Mail(server.host, server.port, USER, PASSWORD, "a@harmattan.example", server.ca_file)
        texts = Twilio(ACCOUNT, TOKEN, WHATSAPP, base_url=twilio.base_url)
        code, lines = run(make_app(mail=mail, twilio=texts), "check-messages")
    assert lines == [
        "Mail (127.0.0.1): works.",
        "WhatsApp and SMS (WhatsApp from +14155238886, no SMS): works.",
    ]
    assert code == 0
    assert (server.delivered, twilio.messages) == ([], [])


def test_a_mail_server_that_refuses_fails_and_says_why(make_app, tmp_path: Path) -> None:
    with run_smtp_server(tmp_path) as server:
        mail = Mail(server.host, server.port, USER, "wrong-password", "a@harmattan.example", server.ca_file)
        code, lines = run(make_app(mail=mail), "check-messages")
    assert lines == ["Mail (127.0.0.1): does not work. The mail server refused our user name or password.", NO_TEXTS]
    assert code == 1


def test_a_twilio_account_that_refuses_fails_and_says_why(make_app, refusing: int) -> None:
    with run_fake_twilio() as twilio:
        texts = Twilio(ACCOUNT, "wrong-token", sms_number="+15005550006", base_url=twilio.base_url)
        code, lines = run(make_app(twilio=texts), "check-messages")
    numbers = "WhatsApp and SMS (no WhatsApp, SMS from +15005550006)"
    assert lines == [NO_MAIL, f"{numbers}: does not work. Twilio refused our account number or token."]
    assert code == 1
    texts = Twilio(ACCOUNT, TOKEN, sms_number="+15005550006", base_url=f"http://127.0.0.1:{refusing}")
    code, lines = run(make_app(twilio=texts), "check-messages")
    assert (code, lines) == (1, [NO_MAIL, f"{numbers}: does not work. Twilio could not be reached."])


def test_a_folder_that_keeps_files_works_and_one_that_cannot_does_not(make_app) -> None:
    app = make_app()
    here = "Files are kept on this machine."
    assert run(app, "check-storage") == (0, [here, "Keeping files: works.", "Handing out PDF: works."])
    folder = app.config["DUELY"].instance_dir / "files"
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    shutil.rmtree(folder)
    folder.write_text("not a folder")
    reason = "Keeping files: does not work. The folder of stored files cannot be written."
    assert run(app, "check-storage") == (1, [here, reason])


def test_cloudinary_that_keeps_and_hands_out_works(make_app) -> None:
    with run_fake_cloudinary() as cloud:
        app = make_app(
            storage="cloudinary", cloudinary_url=f"cloudinary://{KEY}:{SECRET}@{CLOUD}?upload_prefix={cloud.url}"
        )
        code, lines = run(app, "check-storage")
    assert lines == ["Files are kept at Cloudinary.", "Keeping files: works.", "Handing out PDF: works."]
    assert (code, cloud.files) == (0, {})


def test_cloudinary_that_hands_out_no_pdf_says_where_to_allow_it(make_app) -> None:
    with run_fake_cloudinary() as cloud:
        cloud.delivers_pdf = False
        app = make_app(
            storage="cloudinary", cloudinary_url=f"cloudinary://{KEY}:{SECRET}@{CLOUD}?upload_prefix={cloud.url}"
        )
        code, lines = run(app, "check-storage")
    assert lines[1] == "Keeping files: works."
    assert lines[2].startswith("Handing out PDF: does not work. ")
    assert "delivery of PDF files is allowed in its settings, under Security" in lines[2]
    assert code == 1


def test_cloudinary_that_takes_no_files_says_so(make_app) -> None:
    with run_fake_cloudinary() as cloud:
        app = make_app(
            storage="cloudinary", cloudinary_url=f"cloudinary://{KEY}:wrong@{CLOUD}?upload_prefix={cloud.url}"
        )
        code, lines = run(app, "check-storage")
    assert lines[1:] == ["Keeping files: does not work. Cloudinary refused our key or secret."]
    assert code == 1
