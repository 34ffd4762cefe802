"""What a customer's page offers, and when it looks again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

from app.money import Money

SEEN_EVERY = timedelta(minutes=30)
"""A customer who reads the page again within this time has not opened it once more."""

# Chat programs fetch a link to draw a preview of it; that is not the customer reading it.
_PREVIEWS = ("whatsapp", "facebookexternalhit", "telegrambot", "slackbot", "twitterbot", "skypeuripreview", "bot/")


def counts_as_seen(last: datetime | None, now: datetime) -> bool:
    """Whether opening the page now is another look, after the last one that was noted."""
    return last is None or last <= now - SEEN_EVERY


def half(balance: Money) -> Money:
    """What is suggested to somebody who pays a part: half of it, at least one minor unit."""
    return Money(max(balance.minor // 2, 1), balance.currency)


def ask_url(phone: str, number: str) -> str:
    """A WhatsApp chat with the business about this invoice; empty without a phone number in E.164."""
    return _chat(phone, f"Hello, I have a question about invoice {number}.")


def ask_about_statement_url(phone: str) -> str:
    """A WhatsApp chat with the business about the client's statement; empty without a phone number in E.164."""
    return _chat(phone, "Hello, I have a question about my statement.")


def is_preview(user_agent: str) -> bool:
    """Whether a program fetches the page to draw a preview of the link."""
    return any(name in user_agent.lower() for name in _PREVIEWS)


def next_look(turn: int) -> int | None:
    """Seconds until a waiting page looks again: often at first, then rarely; None after a quarter of an hour."""
    if turn < 20:
        return 3
    if turn < 40:
        return 10
    return 30 if turn < 62 else None


def _chat(phone: str, text: str) -> str:
    digits = phone.lstrip("+")
    if not phone.startswith("+") or not digits.isdigit():
        return ""
    return f"https://wa.me/{digits}?text={quote(text, safe='')}"
