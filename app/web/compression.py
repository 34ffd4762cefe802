"""Pages go out compressed: a list of fifty kilobytes is nine, which on a phone is the difference.

A compressed answer's length says something of its content to whoever can put text into it and watches the line. That
needs the same secret in many answers, asked for from elsewhere. Our cookies do not come along from elsewhere
(SameSite), the signature of the CSRF token is another one each second, and each answer carries a comment of random
length.
"""

from __future__ import annotations

import secrets
import struct

from flask import Flask, Response, request
from isal import isal_zlib

LEVEL = 1
"""A twentieth of a millisecond for a page; zlib's own fastest needs four times that, and makes it larger."""
WORTH_IT = 1024
"""Bytes; shorter answers fit into one packet anyway."""
HEAD = b"\x1f\x8b\x08\x10\0\0\0\0\0\xff"
"""A gzip file with a comment, without a time, made on no system in particular (RFC 1952, section 2.3)."""
COMMENT = 100


def install(app: Flask) -> None:
    """Compress pages for those who can read that. Install it first: what is asked after an answer runs backwards."""
    app.after_request(_compress)


def gzipped(content: bytes) -> bytes:
    """The content as a gzip file, up to 100 bytes longer than needed."""
    squeezed = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
    comment = b"-" * secrets.randbelow(COMMENT) + b"\0"
    tail = struct.pack("<LL", isal_zlib.crc32(content), len(content))
    return b"".join((HEAD, comment, squeezed.compress(content), squeezed.flush(), tail))


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0 and (response.content_length or 0) >= WORTH_IT:
        response.set_data(gzipped(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response
