"""What every channel understands: one message out, the provider's id back, or an error that says what to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from app.errors import Unavailable


class Address(NamedTuple):
    """A mail address with the name people see; the name may be empty."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a message; `content` arrives byte for byte."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One mail, complete.

    `message_id` ("<uuid@host>") is fixed when the message is made. `date` (aware) is when the try began by which it may
    have left: a mail that waited, or is sent again, is of the hour it leaves, and the repeat of a try whose answer was
    lost is the same mail, date and all. `headers` holds (name, value) pairs; only the names in `mime.EXTRA_HEADERS` are
    accepted.
    """

    message_id: str
    date: datetime
    sender: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    html: str | None = None
    reply_to: Address | None = None
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One WhatsApp or SMS message, complete.

    `to` is a number in E.164 form, and `text` what its reader gets: for an approved template (`content_sid`, HX...)
    the wording with its `variables`, (name, value) pairs, filled in. `media_url` is a file that needs no login and
    `status_url` where the provider says what became of the message. `message_id` is ours; it and `date` (aware) are
    as in OutgoingMessage. An SMS carries its text alone.
    """

    channel: Literal["whatsapp", "sms"]
    to: str
    text: str
    message_id: str
    date: datetime
    content_sid: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    media_url: str = ""
    status_url: str = ""


class TransportError(Unavailable):
    """The message could not be sent.

    `permanent` is the whole retry policy: True means that the same message would fail again, False that a later
    attempt makes sense. `reason` is one plain sentence for staff; `detail` is what the provider said, for the log.
    A provider that refuses our own settings (login, certificate) is not permanent: nothing is wrong with the message,
    and it goes out once the setting is mended. `gone` are addresses or numbers that nothing should be sent to again.
    `maybe_out`: a mail may have left all the same, so its repeat says the very same under the same Message-ID.
    `about_one`: the provider is well, and what it would not take for now is this message or its reader (a full
    mailbox, greylisting, a telephone that is off), so nobody else's message waits because of it.
    """

    maybe_out = False
    about_one = False

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool,
        detail: str = "",
        gone: tuple[str, ...] = (),
        about_one: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.detail = detail
        self.gone = gone
        self.about_one = about_one


class OutcomeUnknown(TransportError):
    """The provider may or may not have taken the message, for its answer was lost.

    Sending it again could deliver it twice: whoever catches this looks for it with `TextChannel.find`.
    """

    def __init__(self, reason: str, *, detail: str = "") -> None:
        super().__init__(reason, permanent=False, detail=detail)


class HeaderInjection(TransportError):
    """A name, subject or other header holds line breaks or control characters, so the message was not sent."""

    def __init__(self, header: str) -> None:
        super().__init__(
            f"The {header} holds line breaks or control characters, so the message was not sent.", permanent=True
        )
        self.header = header


class AddressRefused(TransportError):
    """An address cannot receive mail as it is written, so the message was not sent."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address} {why}.", permanent=True, gone=(address,))
        self.address = address


class Refusal(NamedTuple):
    """One recipient the server would not take; `permanent` and `reason` as in TransportError."""

    address: str
    permanent: bool
    reason: str


class PartlyRefused(TransportError):
    """The message went to some recipients and was refused for others.

    Always permanent: a repeat of the whole message would reach the first recipients twice. Those in `refused`
    whose `permanent` is False get a message of their own.
    """

    def __init__(self, provider_id: str, accepted: tuple[str, ...], refused: tuple[Refusal, ...]) -> None:
        failed = "; ".join(f"not to {refusal.address}: {refusal.reason}" for refusal in refused)
        super().__init__(f"Sent to {', '.join(accepted)}, {failed}", permanent=True)
        self.provider_id = provider_id
        self.accepted = accepted
        self.refused = refused


class Channel(Protocol):
    """A way for messages to leave."""

    def send(self, message: OutgoingMessage) -> str:
        """Hand over one message and return the provider's id for it.

        Returning means accepted for delivery, not delivered. Sending the same message twice is allowed and keeps its
        Message-ID. Raises TransportError.
        """
        ...


class TextChannel(Protocol):
    """A way for short messages to leave."""

    def send(self, text: OutgoingText) -> str:
        """Hand over one message and return the provider's id for it.

        Returning means accepted, not delivered. The provider does not know a repeat from a second message, so after
        OutcomeUnknown it must not simply be sent again; any other TransportError means that it was not taken.
        """
        ...

    def find(self, text: OutgoingText, since: datetime, known: Collection[str]) -> str | None:
        """The provider's id of a message whose answer was lost; None when the provider has no such message.

        `since` (aware) is when it was first tried and `known` holds the ids that are other messages of ours. Ask some
        time after the try, for a provider may list what it took a little late. Raises TransportError whenever the list
        could not be read whole: "none" is what allows to send again.
        """
        ...
