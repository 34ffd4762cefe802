"""Every figure of the document stands on paper as the engine computed it, and each state says what it is."""

import base64
import io

import pytest
from pypdf import PdfReader

from app.invoices.pdf.errors import BadDocument, UndrawableError
from app.invoices.pdf.render import draw, render
from tests.integration.invoices_pdf import sample_documents as samples


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_nothing_is_left_undrawn(name):
    assert render(samples.SAMPLES[name](), strict=True).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "name, wanted",
    [
        ("invoice", "₦344,000.00|185,000.00|90,000.00|2.5 h|320,000.00|24,000.00|4 December 2026|PO 5512|1012 334 455"),
        ("part_paid", "₦476,353.10|576,000.00|−64,000.00|661,250.50|−30,000.00|601,368.00|45,102.60|₦676,353.10"),
        ("part_paid", "−200,000.00|No VAT|Deposit, bank transfer|November 2026"),
        ("paid", "₦676,353.10|₦0.00|25 November 2026|−476,353.10|Paid in full"),
        ("closed", "Closed|27 November 2026|−200,000.00|Closed unpaid|−476,353.10|₦676,353.10|Amount due|₦0.00"),
        ("credit_note", "Credit note|CN-2026-0004|Corrects invoice INV-2026-0115|₦24,187.50|Total credit"),
        ("receipt", "RCT-2026-0009|₦500,000.00|476,353.10|20,000.00|70,000.00|3,646.90|PSK-99ab31|through Paystack"),
        ("euro", "16.256,38 €|11.900,00|0,856|37,25 Std.|Enthält USt 19 % auf 11.862,50|2.253,88|19 %"),
        ("arabic", "7,450.00|9,450.00|−2,000.00|450.00|1012 334 455|INV-2026-0219"),
    ],
)
def test_every_figure_can_be_read_from_the_file(read, name, wanted):
    text = " ".join("\n".join(read(render(samples.SAMPLES[name]()))).split("\n"))
    assert [x for x in wanted.split("|") if x not in text] == []


def test_yoruba_names_come_back_as_they_were_typed(read):
    import unicodedata

    text = unicodedata.normalize("NFC", read(render(samples.yoruba()))[0])
    assert "Ilé Aṣọ Olúwọlé" in text
    assert unicodedata.normalize("NFC", "Adétọ́kẹ́ Ọ̀ṣọ́lá") in text


def test_an_open_invoice_has_a_link_and_a_code_for_the_same_address():
    page = PdfReader(io.BytesIO(render(samples.invoice()))).pages[0]
    links = [a.get_object()["/A"]["/URI"] for a in page["/Annots"]]
    assert set(links) == {samples.TOKEN_URL}
    assert len(page.images) == 1


def test_a_draft_says_so_and_has_no_number_code_or_bank_details(read):
    pdf = render(samples.draft())
    text = read(pdf)[0]
    assert "Draft" in text
    assert "Not yet numbered" in text
    assert b"INV-2026-0115" not in pdf
    assert "INV-2026-0115" not in text
    assert "Zenith" not in text
    assert "Pay online" not in text
    assert len(PdfReader(io.BytesIO(pdf)).pages[0].images) == 0


@pytest.mark.parametrize("name, word", [("paid", "Paid"), ("void", "Void")])
def test_a_settled_invoice_is_stamped_and_prints_no_way_to_pay(read, name, word):
    text = read(render(samples.SAMPLES[name]()))[0]
    assert text.count(word) >= 2
    assert "Zenith" not in text
    assert "Pay online" not in text


def test_a_void_invoice_says_that_nothing_is_due(read):
    text = read(render(samples.void()))[0]
    assert "Nothing is due." in text
    assert "27 November 2026" in text
    assert "Amount due" not in text


def test_a_closed_invoice_asks_for_nothing_and_does_not_say_that_it_was_paid(read):
    text = read(render(samples.closed()))[0]
    assert "No payment is asked for." in text
    for lie in ("Paid", "Nothing more is due", "Pay online", "Zenith", "Void"):
        assert lie not in text


def test_one_tax_rate_needs_no_column_and_two_do(read):
    assert "USt" in read(render(samples.euro()))[0].split("Bühnenaufbau")[0]
    assert "7.5%" not in read(render(samples.invoice()))[0].split("Subtotal")[0]


@pytest.mark.parametrize(
    "currency, locale, minor, wanted",
    [
        ("JPY", "ja_JP", 1234567, "¥1,234,567"),
        ("KWD", "en", 1234567, "KWD 1,234.567"),
        ("INR", "en_IN", 123456789, "₹12,34,567.89"),
        ("CHF", "de_CH", 123456789, "CHF 1’234’567.89"),
        ("EUR", "fr_FR", 123456789, "1 234 567,89 €"),
        ("USD", "en_US", 10**15, "$10,000,000,000,000.00"),
        ("GHS", "en_GH", 1050, "GH₵10.50"),
    ],
)
def test_money_is_written_as_the_country_writes_it(read, currency, locale, minor, wanted):
    fields = {"subtotal_minor": minor, "taxes": [], "total_minor": minor, "balance_minor": minor}
    places = {"JPY": "1000", "KWD": "1000.000"}.get(currency, "1000.00")
    line = samples.line("One", price=places, tax="", amount_minor=minor, gross_minor=minor)
    doc = samples.invoice(lines=[line], currency=currency, locale=locale) | fields
    text = read(render(doc, strict=True))[0]
    assert wanted in text


def test_the_logo_is_drawn_and_a_bad_one_refused():
    assert len(PdfReader(io.BytesIO(render(samples.part_paid()))).pages[0].images) == 2
    for bad in ("not base64!", base64.b64encode(b"<svg onload=alert(1)>").decode()):
        doc = samples.invoice()
        doc["business"]["logo"] = bad
        with pytest.raises(BadDocument):
            render(doc)


def test_a_character_without_a_glyph_is_an_error_when_strict_and_named_when_not():
    doc = samples.invoice(notes="Gift wrap \U0001f381")
    with pytest.raises(UndrawableError, match="U\\+1F381"):
        render(doc, strict=True)
    assert "U+1F381" in draw(doc).complaints[0]


@pytest.mark.parametrize(
    "fields",
    [
        {"balance_minor": 12.5},
        {"paper": "a5"},
        {"locale": "xx_YY"},
        {"currency": "ZZY"},
        {"due_date": "2026-02-30"},
        {"pay_url": "javascript:alert(1)"},
        {"surprise": 1},
        {"received": {}},
    ],
)
def test_a_document_of_the_wrong_shape_is_refused(fields):
    with pytest.raises(BadDocument):
        render(samples.invoice() | fields)


def test_a_colour_that_is_no_colour_is_refused():
    doc = samples.invoice()
    doc["business"]["accent"] = "#fff;} @font-face{src:url(file:///etc/passwd)}"
    with pytest.raises(BadDocument):
        render(doc)
