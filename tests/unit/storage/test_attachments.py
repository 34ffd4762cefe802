"""An attachment is what its content says, under a name that can be handed on."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.attachments import MAX_ATTACHMENT_BYTES, BadAttachment, safe_filename, sniff_attachment

PNG = b"\x89PNG\r\n\x1a\n...."
OPENXML = "application/vnd.openxmlformats-officedocument."


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return out.getvalue()


XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
DOCX = archive("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    "filename, raw, content_type, extension",
    [
        ("terms.pdf", b"%PDF-1.7\n", "application/pdf", "pdf"),
        ("Site.PNG", PNG, "image/png", "png"),
        ("site.jpg", b"\xff\xd8\xff\xe0", "image/jpeg", "jpg"),
        ("site.JPEG", b"\xff\xd8\xff\xe0", "image/jpeg", "jpg"),
        ("site.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", "webp"),
        ("usage.csv", "ọjọ́;₦\r\n1;2\r\n".encode(), "text/csv", "csv"),
        ("usage.csv", "Gebühr;5".encode("cp1252"), "text/csv", "csv"),
        ("notes.txt", b"hello\n", "text/plain", "txt"),
        ("sheet.xlsx", XLSX, f"{OPENXML}spreadsheetml.sheet", "xlsx"),
        ("letter.docx", DOCX, f"{OPENXML}wordprocessingml.document", "docx"),
    ],
)
def test_allowed_kinds_are_recognised(filename: str, raw: bytes, content_type: str, extension: str) -> None:
    found = sniff_attachment(filename, raw)
    assert (found.filename, found.content_type, found.extension) == (filename, content_type, extension)


@pytest.mark.parametrize(
    "filename, raw",
    [
        ("report.pdf", PNG),
        ("report.pdf", b"<html>%PDF-"),
        ("photo.png", b"GIF89a"),
        ("photo.jpg", PNG),
        ("table.csv", PNG),
        ("table.csv", "utf-16".encode("utf-16")),
        ("notes.txt", b"MZ\x90\0"),
        ("sheet.xlsx", DOCX),
        ("sheet.xlsx", archive("anything.txt")),
        ("sheet.xlsx", b"PK\x03\x04broken"),
        ("sheet.xlsx", archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")),
        ("letter.docx", XLSX),
    ],
)
def test_content_that_is_not_what_the_name_says_is_refused(filename: str, raw: bytes) -> None:
    with pytest.raises(BadAttachment, match="its content is something else"):
        sniff_attachment(filename, raw)


@pytest.mark.parametrize(
    "filename", ["page.html", "logo.svg", "run.exe", "macro.xlsm", "a.pdf.exe", "noextension", "", ".pdf.js", "a.zip"]
)
def test_other_kinds_are_refused_with_the_list_of_what_is_allowed(filename: str) -> None:
    with pytest.raises(BadAttachment, match="Choose a PDF, picture, CSV, Excel, Word or text file") as caught:
        sniff_attachment(filename, b"%PDF-1.7")
    assert caught.value.errors == {"attachment": [caught.value.sentence]}


def test_size_limits_speak_plainly() -> None:
    with pytest.raises(BadAttachment, match="empty"):
        sniff_attachment("a.pdf", b"")
    with pytest.raises(BadAttachment, match="larger than 5 MB"):
        sniff_attachment("a.pdf", b"%PDF-" + b"x" * MAX_ATTACHMENT_BYTES)


@pytest.mark.parametrize(
    "given_name, kept",
    [
        ("C:\\Users\\ada\\invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("ìnáwó ọdún 2026.csv", "ìnáwó ọdún 2026.csv"),
        ("a\r\nBcc: x.pdf", "aBcc_ x.pdf"),
        ("gpj\u202efdp.pdf", "gpjfdp.pdf"),
        ("  many   spaces .pdf", "many spaces.pdf"),
        ("con.txt", "_con.txt"),
        (".pdf", "file.pdf"),
        ("", "file.bin"),
        ("a.1234567 8", "a.1234567"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
        ('a"b<c>.pdf', "a_b_c_.pdf"),
    ],
)
def test_names_are_kept_readable_and_made_safe(given_name: str, kept: str) -> None:
    assert safe_filename(given_name) == kept


@given(st.text(max_size=200))
def test_any_name_becomes_one_safe_path_part(name: str) -> None:
    safe = safe_filename(name)
    assert 3 <= len(safe) <= 120
    assert not set(safe) & set('/\\"\r\n\0:<>|?*')
    assert not safe.startswith(".")
    assert safe_filename(safe) == safe
