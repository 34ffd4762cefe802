"""A mail on a page: shown in a frame with a policy of its own, only to look at."""

from __future__ import annotations

import re

MAIL_POLICY = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "'self' data:",
    "frame-ancestors": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "sandbox": "allow-same-origin",
}
"""A mail brings its own styles. It runs no script, and its links lead nowhere: it is only looked at. The same origin
is what lets the logo be loaded by somebody who is signed in."""

_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


def only_to_look_at(html: str) -> str:
    """The page of a mail in which no click leaves the frame: a new tab is what the sandbox does not allow."""
    return _HEAD.sub(lambda head: head[0] + '<base target="_blank">', html, count=1)
