"""Files people attach to an invoice: what they really are, and a name that is safe to hand on."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable
from typing import NamedTuple

from app.errors import Invalid

MAX_ATTACHMENT_BYTES = 5 * 1024 * 1024

_OPENXML = "application/vnd.openxmlformats-officedocument."
_LONGEST_STEM = 100
_UNSAFE = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_TEXT_CONTROLS = frozenset(b"\t\n\r\f")


class BadAttachment(Invalid):
    """This file cannot be attached. Choose a PDF, picture, CSV, Excel, Word or text file of at most 5 MB."""

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__("attachment", sentence)
        self.sentence = self.errors["attachment"][0]


class SniffedFile(NamedTuple):
    """What an upload turned out to be: the name to keep, the type to serve it as, the extension for its key."""

    filename: str
    content_type: str
    extension: str


def sniff_attachment(filename: str, raw: bytes) -> SniffedFile:
    """Recognise an upload by its content and agree with its extension.

    Allowed: pdf, png, jpg, webp, csv, txt, xlsx, docx, at most 5 MB; documents with macros are refused.
    Raises BadAttachment.
    """
    if not raw:
        raise BadAttachment("The file is empty.")
    if len(raw) > MAX_ATTACHMENT_BYTES:
        raise BadAttachment("The file is larger than 5 MB.")
    extension = _extension(filename)
    if extension not in _KINDS:
        raise BadAttachment()
    content_type, matches = _KINDS[extension]
    if not matches(raw):
        raise BadAttachment(f"The file is named .{extension} but its content is something else, or it is damaged.")
    return SniffedFile(safe_filename(filename), content_type, extension)


def safe_filename(filename: str) -> str:
    """The last part of the name without control, direction or path characters, at most 100 characters and extension."""
    name = unicodedata.normalize("NFC", filename.replace("\\", "/").rpartition("/")[2])
    name = "".join(ch for ch in name if unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    name = " ".join(_UNSAFE.sub("_", name).split()).strip(". ")
    stem, _, extension = name.rpartition(".")
    stem, extension = (stem, extension) if stem else ("file", extension or "bin")
    stem = stem[:_LONGEST_STEM].rstrip(". ")
    return f"{'_' if _RESERVED.fullmatch(stem) else ''}{stem}.{extension[:8].strip()}"


def _extension(filename: str) -> str:
    extension = safe_filename(filename).rpartition(".")[2].lower()
    return "jpg" if extension == "jpeg" else extension


def _begins(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda raw: raw.startswith(magics)


def _is_webp(raw: bytes) -> bool:
    return raw[:4] == b"RIFF" and raw[8:12] == b"WEBP"


def _is_text(raw: bytes) -> bool:
    return all((byte >= 32 and byte != 127) or byte in _TEXT_CONTROLS for byte in set(raw))


def _openxml(main_part: str) -> Callable[[bytes], bool]:
    def matches(raw: bytes) -> bool:
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            return False
        macros = any(name.lower().endswith("vbaproject.bin") for name in names)
        return {"[Content_Types].xml", main_part} <= names and not macros

    return matches


_KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    "pdf": ("application/pdf", _begins(b"%PDF-")),
    "png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "webp": ("image/webp", _is_webp),
    "csv": ("text/csv", _is_text),
    "txt": ("text/plain", _is_text),
    "xlsx": (f"{_OPENXML}spreadsheetml.sheet", _openxml("xl/workbook.xml")),
    "docx": (f"{_OPENXML}wordprocessingml.document", _openxml("word/document.xml")),
}
