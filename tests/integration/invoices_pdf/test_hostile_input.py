"""What people type is printed as text: no markup, no template, no file, no fetch, no runaway word."""

import http.server
import threading

import pytest

from app.invoices.pdf.render import draw
from tests.integration.invoices_pdf import sample_documents as samples

TEXTS = ("number", "terms_label", "reference", "period", "tax_label", "pay_label", "notes", "footer")


def hostile(text: str, **fields):
    """An invoice that says the text wherever a person can type."""
    doc = samples.invoice(**dict.fromkeys(TEXTS, text))
    doc["business"] |= {"name": text, "lines": [text, text], "tax_id": text}
    doc["client"] = {"name": text, "lines": [text, text]}
    doc["lines"] = [samples.line(text, detail=text, unit=text, tax=text, discount_label=text, discount_minor=1)] * 2
    doc["bank"] = [{"label": text, "value": text}] * 2
    doc["discounts"] = [{"label": text, "amount_minor": 1}]
    doc["taxes"] = [{"label": text, "base_minor": 1, "amount_minor": 1, "inclusive": True}]
    doc["payments"] = [{"label": text, "date": "2026-11-20", "amount_minor": 1}]
    return doc | fields


@pytest.mark.parametrize("rtl", [False, True])
@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "{{7*7}} {% raw %}", "&amp; <b>bold</b>", "]]> --> <pdf:nextpage/>", "</td></table>"],
)
def test_markup_is_printed_as_it_was_typed(read, text, rtl):
    drawn = draw(hostile(text, rtl=rtl))
    assert drawn.complaints == []
    if not rtl:
        assert "".join(text.split()) in "".join("".join(read(drawn.pdf)).split())


def test_no_file_and_no_address_is_ever_read(tmp_path, read):
    asked = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        secret = tmp_path / "secret.txt"
        secret.write_text("opensesame")
        url = f"http://127.0.0.1:{server.server_port}/x.png"
        text = f'<img src="{url}"> <img src="file://{secret}"> <link rel=stylesheet href="{url}"> url({url})'
        drawn = draw(hostile(text))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert asked == []
    assert b"opensesame" not in drawn.pdf
    assert "opensesame" not in "".join(read(drawn.pdf))


@pytest.mark.parametrize("field", ["title", "detail", "unit", "tax"])
def test_a_word_of_ten_thousand_characters_wraps_inside_its_column(read, field):
    doc = samples.invoice(
        lines=[samples.line("Before"), samples.line("x") | {field: "W" * 10_000}, samples.line("After")]
    )
    drawn = draw(doc)
    text = "".join(read(drawn.pdf))
    assert drawn.complaints == []
    assert "After" in text
    if field in ("title", "detail"):
        assert text.count("W") >= 10_000


def test_endless_names_and_addresses_are_cut_before_they_fill_the_page(read):
    doc = samples.invoice(terms_label="W" * 10_000, footer="W" * 10_000, number="W" * 10_000)
    doc["business"] |= {"name": "W" * 10_000, "lines": ["W" * 10_000] * 50}
    doc["client"] |= {"name": "W" * 10_000}
    pages = read(draw(doc).pdf)
    assert len(pages) <= 2
    assert "₦344,000.00" in pages[0]


def test_control_characters_and_direction_overrides_are_not_printed(read):
    drawn = draw(hostile("\x00\x07\x1b[31mplain\u202egnp\ufeff\u2066 end\ud7ff"))
    assert drawn.complaints == []
    assert "plaingnp end" in read(drawn.pdf)[0]
