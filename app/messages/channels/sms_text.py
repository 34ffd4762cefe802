"""How a text goes into an SMS: the alphabet of the networks, and how many parts a text is charged as."""

from __future__ import annotations

import re
import unicodedata

# The alphabet of 3GPP TS 23.038 and its extension, whose characters take two places.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_ALONE, _GSM_PART = 160, 153
_UCS_ALONE, _UCS_PART = 70, 67

# Signs that the alphabet lacks -> the code of the currency they stand for.
_CURRENCIES = {
    "₦": "NGN",
    "GH₵": "GHS",
    "₵": "GHS",
    "₹": "INR",
    "₱": "PHP",
    "₫": "VND",
    "₩": "KRW",
    "₪": "ILS",
    "₴": "UAH",
    "₽": "RUB",
    "₺": "TRY",
    "₡": "CRC",
    "₲": "PYG",
    "₸": "KZT",
    "₼": "AZN",
    "₾": "GEL",
    "₭": "LAK",
    "₮": "MNT",
    "₨": "Rs",
    "฿": "THB",
}
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2007\u2008\u2009\u200a\u2002\u2003\u2004\u2005\u2006\u202f\u3000\t", " "),
        **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
        **dict.fromkeys("\u2022\u00b7", "-"),
        "\u2026": "...",
        "\u00d7": "x",
    }
)
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")


def plain_sms(text: str) -> str:
    """The text with typographic marks and currency signs written so that it fits the networks' alphabet.

    "₦5,000" becomes "NGN 5,000". What cannot be written otherwise (Yorùbá, emoji) stays as it is, and then the whole
    message is sent in the wide alphabet, 70 characters a part.
    """
    plain = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)).translate(_PLAIN)
    for sign, code in _CURRENCIES.items():
        if sign in plain:
            plain = _with_code(plain, sign, code)
    return unicodedata.normalize("NFC", plain)


def segments(text: str) -> int:
    """How many parts the networks send and charge the text as; an empty text is one."""
    if all(character in _BASIC or character in _EXTENSION for character in text):
        sizes = [2 if character in _EXTENSION else 1 for character in text]
        return _parts(sizes, _GSM_ALONE, _GSM_PART)
    return _parts([2 if ord(character) > 0xFFFF else 1 for character in text], _UCS_ALONE, _UCS_PART)


def _with_code(text: str, sign: str, code: str) -> str:
    """The sign as a code, with a space where it would run into a letter or a digit."""
    pieces = text.split(sign)
    whole = pieces[0]
    for piece in pieces[1:]:
        before = " " if whole[-1:].isalnum() else ""
        after = " " if piece[:1].isalnum() or piece[:1] in "-+(." else ""
        whole += before + code + (after if piece else "") + piece
    return whole


def _parts(sizes: list[int], alone: int, part: int) -> int:
    """Characters are never split between two parts."""
    if sum(sizes) <= alone:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > part:
            count, used = count + 1, 0
        used += size
    return count
