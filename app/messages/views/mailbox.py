"""The mailbox of development: every message this installation sent, as its reader gets it. Never in production."""

from __future__ import annotations

import re
from typing import NoReturn

from flask import Blueprint, Flask, Response, abort, current_app, make_response, render_template
from flask.typing import ResponseReturnValue

from app.extensions import talisman
from app.messages.channels.mailbox import Mailbox, NoSuchMessage, ReceivedMessage
from app.messages.channels.sms_text import segments
from app.messages.registry import mailbox
from app.web.access import public
from app.web.downloads import name_file
from app.web.security import POLICY
from config import Config

PAGE_POLICY = {**POLICY, "frame-src": "'self'"}
"""The page of a message shows its HTML part in a frame."""

OPENS = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
PART_POLICY = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "'self' data: http: https:",
    "frame-ancestors": "'self'",
    "base-uri": "'none'",
    "sandbox": OPENS,
}
"""An HTML part brings its own styles, as mail must; it runs no script, and its links open the page around it."""

_LINK = re.compile(r"https?://[^\s<>\"]+")
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)

blueprint = Blueprint("mailbox", __name__, url_prefix="/dev/mailbox")


def mount(app: Flask, config: Config) -> None:
    """Serve the mailbox where there is one: in development, unless both mail and texts really leave."""
    if mailbox(config) is not None:
        app.register_blueprint(blueprint)


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    """The messages, newest first."""
    config: Config = current_app.config["DUELY"]
    missing = [name for name, real in (("mail server", config.mail), ("Twilio account", config.twilio))
               if not real.configured]  # fmt: skip
    sub = f"No {' and no '.join(missing)} is configured, so what would go there lands here."
    return render_template("dev/mailbox.html", messages=_box().list(), sub=sub)


@blueprint.get("/<identifier>/")
@public
@talisman(content_security_policy=PAGE_POLICY)
def message(identifier: str) -> ResponseReturnValue:
    """One message: who wrote to whom, its faces, its links and files; a text as on a telephone."""
    found = _get(identifier)
    links = links_in(found.text)
    if found.channel != "email":
        parts = segments(found.text) if found.channel == "sms" else 0
        return render_template("dev/mailbox_text.html", message=found, links=links, parts=parts)
    return render_template("dev/mailbox_message.html", message=found, links=links, opens=OPENS)


@blueprint.get("/<identifier>/html/")
@public
@talisman(content_security_policy=PART_POLICY, content_security_policy_nonce_in=[], frame_options="SAMEORIGIN")
def html(identifier: str) -> ResponseReturnValue:
    """The HTML part alone."""
    found = _get(identifier)
    if found.html is None:
        abort(404)
    return make_response(in_a_frame(found.html))


@blueprint.get("/<identifier>/raw/")
@public
def raw(identifier: str) -> ResponseReturnValue:
    """The message as it travelled."""
    try:
        return _file(_box().raw(identifier), "message/rfc822", f"{identifier}.eml")
    except NoSuchMessage:
        abort(404)


@blueprint.get("/<identifier>/files/<filename>")
@public
def attachment(identifier: str, filename: str) -> ResponseReturnValue:
    """A file that came with the message."""
    file = next((file for file in _get(identifier).attachments if file.filename == filename), None)
    return abort(404) if file is None else _file(file.content, file.content_type, filename)


def in_a_frame(part: str) -> str:
    """An HTML part whose links leave the frame it is shown in: what they lead to refuses to be framed."""
    return _HEAD.sub(lambda head: head[0] + '<base target="_top">', part, count=1)


def links_in(text: str) -> list[str]:
    """The addresses in a text, each once, without the full stop behind them."""
    return list(dict.fromkeys(found.rstrip(".,;:!?)") for found in _LINK.findall(text)))


def _file(content: bytes, content_type: str, filename: str) -> Response:
    response: Response = make_response(content)
    response.mimetype = content_type
    name_file(response, filename)
    return response


def _box() -> Mailbox:
    return mailbox(current_app.config["DUELY"]) or _refuse()


def _refuse() -> NoReturn:
    abort(404)


def _get(identifier: str) -> ReceivedMessage:
    try:
        return _box().get(identifier)
    except NoSuchMessage:
        abort(404)
