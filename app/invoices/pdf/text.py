"""What people typed, made fit for paper: ReportLab shapes nothing and draws one glyph per character."""

import re
import unicodedata

SPACES = dict.fromkeys(map(ord, "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"), " ")
KEEP_INVISIBLE = "\u200b\u200c\u200d\u200e"  # break here, join, do not join, and our own mark before a minus
ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")
_PLAIN = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u1e00-\u1eff\u2010-\u2027\u20a0-\u20c0]*")


def _visible(char: str) -> bool:
    if char in KEEP_INVISIBLE:
        return True
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def printable(text: str) -> str:
    """Text without control characters, composed; a dot below goes to the end of its cluster.

    With ẹ́ written as é and a dot below (the same text to Unicode) the accent is part of one glyph and stays in place.
    """
    if _PLAIN.fullmatch(text):
        return unicodedata.normalize("NFC", text)
    text = "".join(filter(_visible, unicodedata.normalize("NFC", text.translate(SPACES))))
    if not any("\u0300" <= c <= "\u036f" for c in text):
        return text
    return "".join(_dot_last(cluster) for cluster in re.findall(".[\u0300-\u036f]*", text, re.DOTALL))


def _dot_last(cluster: str) -> str:
    parts = unicodedata.normalize("NFD", cluster)
    if len(parts) > 2 and "\u0323" in parts:
        return unicodedata.normalize("NFC", parts.replace("\u0323", "")) + "\u0323"
    return cluster


def one_line(text: str) -> str:
    """The text with its line breaks and tabs turned into spaces."""
    return " ".join(lines_of(text)).replace("\t", " ")


def lines_of(text: str) -> list[str]:
    """The lines a person typed, each stripped; empty ones go."""
    return [line for line in map(str.strip, text.splitlines()) if line]
