"""Documents to print, built small: `invoice(...)` is a plain one and every keyword replaces a field."""

import base64
import io
from decimal import Decimal
from typing import Any

from PIL import Image

from app.invoices.pdf.document import Line, PrintedDocument

TOKEN_URL = "https://duely.example/i/u8Zr0pQx4LwYt2VbN6kHs3MdJf7GcEa1XoRiTyUqWv9/"


def logo() -> str:
    picture, out = Image.new("RGB", (300, 60), "#1f6f5c"), io.BytesIO()
    picture.paste("#ffffff", (20, 20, 280, 40))
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def line(title: str, quantity: str = "1", price: str = "1000.00", places: int = 2, **fields: Any) -> Line:
    gross = int((Decimal(quantity) * Decimal(price)).scaleb(places))
    base: dict[str, Any] = {
        "title": title,
        "detail": "",
        "quantity": quantity,
        "unit": "",
        "unit_price": price,
        "gross_minor": gross,
        "discount_label": "",
        "discount_minor": 0,
        "amount_minor": gross,
        "tax": "7.5%",
    }
    return base | fields  # type: ignore[return-value]


def summed(lines: list[Line], rate: str = "0.075", label: str = "VAT 7.5%") -> dict[str, Any]:
    """Totals of taxed lines, for samples that only need figures which agree."""
    subtotal = sum(x["amount_minor"] for x in lines)
    tax = int((subtotal * Decimal(rate)).to_integral_value())
    row = {"label": label, "base_minor": subtotal, "amount_minor": tax, "inclusive": False}
    total = subtotal + tax
    return {
        "lines": lines,
        "subtotal_minor": subtotal,
        "taxes": [row] if tax else [],
        "total_minor": total,
        "balance_minor": total,
    }


def invoice(**fields: Any) -> PrintedDocument:
    lines = fields.pop("lines", None) or [
        line("Shop front lettering", price="185000.00", detail="Hand painted, two colours, both languages"),
        line("Menu boards", "4", "22500.00", detail="A1, wiped clean"),
        line("Site visits", "2.5", "18000.00", unit="h"),
    ]
    base: dict[str, Any] = {
        "kind": "invoice",
        "status": "open",
        "number": "INV-2026-0115",
        "currency": "NGN",
        "locale": "en_NG",
        "rtl": False,
        "paper": "a4",
        "words": {},
        "business": {
            "name": "Sunbird Signs",
            "lines": ["5 Allen Avenue", "Ikeja, Lagos", "hello@sunbird.example"],
            "tax_id": "22113344-0001",
            "logo": None,
            "accent": "#1f6f5c",
        },
        "client": {"name": "Mama Put Kitchens Ltd", "lines": ["Attn. Bola Ade", "88 Awolowo Road", "Ikoyi, Lagos"]},
        "issue_date": "2026-11-20",
        "due_date": "2026-12-04",
        "void_date": None,
        "closed_date": None,
        "terms_label": "Within 14 days of issue",
        "corrects": "",
        "replaced_by": "",
        "reference": "PO 5512",
        "period": "",
        "tax_label": "VAT",
        "discounts": [],
        "payments": [],
        "closed_minor": 0,
        "bank": [
            {"label": "Bank", "value": "Zenith Bank"},
            {"label": "Account name", "value": "Sunbird Signs"},
            {"label": "Account number", "value": "1012 334 455"},
            {"label": "Reference", "value": "INV-2026-0115"},
        ],
        "pay_url": TOKEN_URL,
        "pay_label": "Card, transfer or USSD",
        "notes": "Thank you.\nWork is guaranteed for a year.",
        "footer": "Sunbird Signs Ltd · RC 778812",
        "received": None,
    }
    return base | summed(lines) | fields  # type: ignore[return-value]


def part_paid(**fields: Any) -> PrintedDocument:
    """Discounts on a line and on the document, one untaxed line, a deposit, a logo: everything at once."""
    lines = [
        line(
            "Van livery",
            price="640000.00",
            discount_label="Discount 10%",
            discount_minor=6400000,
            amount_minor=57600000,
        ),
        line("Uniform embroidery", "12", "4500.00", detail="Left chest, thread to match"),
        line("Freight", price="31250.50", tax=""),
    ]
    base = invoice(
        lines=lines,
        status="part_paid",
        subtotal_minor=66125050,
        period="November 2026",
        discounts=[{"label": "Loyalty discount", "amount_minor": 3000000}],
        taxes=[{"label": "VAT 7.5%", "base_minor": 60136800, "amount_minor": 4510260, "inclusive": False}],
        total_minor=67635310,
        payments=[{"label": "Deposit, bank transfer", "date": "2026-11-12", "amount_minor": 20000000}],
        balance_minor=47635310,
    )
    base["business"]["logo"] = logo()
    return base | fields  # type: ignore[return-value, operator]


def paid(**fields: Any) -> PrintedDocument:
    base = part_paid(status="paid", balance_minor=0)
    base["payments"] = [
        *base["payments"],
        {"label": "Card ending 1881", "date": "2026-11-25", "amount_minor": 47635310},
    ]
    return base | fields  # type: ignore[return-value, operator]


def draft(**fields: Any) -> PrintedDocument:
    return invoice(status="draft", paper="letter", **fields)


def void(**fields: Any) -> PrintedDocument:
    return invoice(status="void", void_date="2026-11-27", **fields)


def closed(**fields: Any) -> PrintedDocument:
    """Part paid, the rest given up."""
    gone = {"status": "closed", "closed_date": "2026-11-27", "closed_minor": 47635310, "balance_minor": 0}
    return part_paid(bank=[], pay_url=None, **gone, **fields)


def credit_note(**fields: Any) -> PrintedDocument:
    lines = [line("Menu boards, one came scratched", "1", "22500.00")]
    return invoice(
        kind="credit_note",
        number="CN-2026-0004",
        corrects="INV-2026-0115",
        due_date=None,
        lines=lines,
        bank=[],
        pay_url=None,
        **fields,
    )


def receipt(**fields: Any) -> PrintedDocument:
    received = {
        "amount_minor": 50000000,
        "date": "2026-11-25",
        "method": "Card ending 1881, through Paystack",
        "reference": "PSK-99ab31",
        "allocated_minor": 49635310,
        "sent_back": [],
        "credit_minor": 364690,
        "allocations": [
            {
                "number": "INV-2026-0115",
                "issue_date": "2026-11-20",
                "total_minor": 67635310,
                "paid_minor": 47635310,
                "left_minor": 0,
            },
            {
                "number": "INV-2026-0098",
                "issue_date": "2026-10-02",
                "total_minor": 9000000,
                "paid_minor": 2000000,
                "left_minor": 7000000,
            },
        ],
    }
    base = invoice(
        kind="receipt",
        status="paid",
        number="RCT-2026-0009",
        lines=[],
        subtotal_minor=0,
        taxes=[],
        total_minor=0,
        balance_minor=0,
        bank=[],
        pay_url=None,
        received=received,
        notes="The credit is used for your next invoice.",
    )
    return base | fields  # type: ignore[return-value, operator]


def long_invoice(count: int, **fields: Any) -> PrintedDocument:
    """A fibre provider's bill: every third line has small print, every seventh wraps."""
    lines = []
    for n in range(1, count + 1):
        detail = "Router, static address, installed on the first of the month" if n % 3 == 0 else ""
        long = ", with a second path over the ring main and a battery for eight hours" if n % 7 == 0 else ""
        lines.append(
            line(f"Fibre {50 * (1 + n % 4)} Mbps, site {n}{long}", price=f"{18500 + 250 * n}.00", detail=detail)
        )
    return invoice(lines=lines, **fields)


def euro(**fields: Any) -> PrintedDocument:
    """Two inclusive rates, German figures, very long names, a price with four places."""
    lines = [
        line(
            "Bühnenaufbau und Rückbau im großen Saal",
            price="11900.00",
            tax="19 %",
            detail="Podest 8 × 6 m; Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz beachtet",
        ),
        line("Programmhefte", "2500", "0.8560", tax="7 %"),
        line("Technikstunden", "37.25", "59.50", tax="19 %", unit="Std.", gross_minor=221638, amount_minor=221638),
    ]
    base = invoice(
        lines=lines,
        currency="EUR",
        locale="de_DE",
        number="2026/00317",
        subtotal_minor=1625638,
        tax_label="USt",
        taxes=[
            {"label": "USt 19 %", "base_minor": 1186250, "amount_minor": 225388, "inclusive": True},
            {"label": "USt 7 %", "base_minor": 200000, "amount_minor": 14000, "inclusive": True},
        ],
        total_minor=1625638,
        balance_minor=1625638,
        words={
            "Invoice": "Rechnung",
            "Amount due": "Offener Betrag",
            "Due": "Fällig",
            "Includes": "Enthält",
            "on": "auf",
        },
        bank=[{"label": "IBAN", "value": "DE02 1203 0000 0000 2020 51"}, {"label": "BIC", "value": "BYLADEM1001"}],
    )
    base["business"] |= {
        "name": "Gesellschaft für Bühnenbau und Veranstaltungstechnik Großmüller mbH & Co. KG",
        "accent": "#ffd400",
    }
    base["client"] |= {
        "name": "Verein zur Förderung zeitgenössischer Musik und darstellender Kunst im ländlichen Raum e. V."
    }
    return base | fields  # type: ignore[return-value, operator]


def yoruba(**fields: Any) -> PrintedDocument:
    lines = [
        line(
            "Aṣọ òkè púpọ̀ fún ọjọ́ ìgbéyàwó",
            "18",
            "38000.00",
            detail="Ẹ̀yà ọkùnrin àti obìnrin",
        ),
        line("Fìlà àwọ̀ ẹlẹ́sẹ̀ dúdú", "18", "7250.00"),
    ]
    base = invoice(lines=lines)
    base["business"] |= {"name": "Ilé Aṣọ Olúwọlé"}
    base["client"] |= {"name": "Adétọ́kẹ́ Ọ̀ṣọ́lá"}
    return base | fields  # type: ignore[return-value, operator]


ARABIC_WORDS = {
    "Invoice": "فاتورة",
    "Amount due": "المبلغ المستحق",
    "Due": "تاريخ الاستحقاق",
    "Billed to": "فاتورة إلى",
    "From": "من",
    "Issued": "تاريخ الإصدار",
    "Description": "الوصف",
    "Qty": "الكمية",
    "Unit price": "سعر الوحدة",
    "Amount": "المبلغ",
    "Subtotal": "المجموع الفرعي",
    "Total": "الإجمالي",
    "on": "على",
    "Bank transfer": "تحويل بنكي",
    "Page": "صفحة",
    "of": "من",
    "Pay online": "الدفع عبر الإنترنت",
    "Your reference": "مرجعكم",
    "Tax number": "الرقم الضريبي",
    "Brought forward": "ما قبله",
    "Carried forward": "ما بعده",
}


def arabic(count: int = 3, **fields: Any) -> PrintedDocument:
    names = [
        "تصميم لافتة المتجر",
        "طباعة قوائم الطعام",
        "زيارة الموقع",
    ]
    lines = [
        line(
            names[n % 3],
            str(1 + n),
            "1500.00",
            tax="5%",
            detail="لونان ولغتان" if not n % 2 else "",
        )
        for n in range(count)
    ]
    base = invoice(
        currency="AED",
        locale="ar_AE",
        rtl=True,
        number="INV-2026-0219",
        tax_label="ض.ق.م",
        words=ARABIC_WORDS,
        terms_label="خلال 14 يومًا",
        pay_label="بطاقة أو تحويل",
        notes="شكرًا لتعاملكم معنا.",
        footer="مؤسسة النورس",
        reference="PO 5512",
    )
    base |= summed(
        lines,
        "0.05",
        "ضريبة القيمة المضافة 5%",
    )  # type: ignore[typeddict-item]
    base["payments"] = [
        {
            "label": "دفعة مقدمة",
            "date": "2026-11-12",
            "amount_minor": 200000,
        }
    ]
    base["balance_minor"] = base["total_minor"] - 200000
    base["business"] |= {
        "name": "مؤسسة النورس لللافتات",
        "lines": ["شارع الميناء", "دبي"],
        "accent": "#0e7490",
    }
    base["client"] |= {
        "name": "مطاعم الواحة ذ.م.م",
        "lines": [
            "عناية السيد خالد",
            "الشارقة",
        ],
    }
    return base | fields  # type: ignore[return-value, operator]


SAMPLES = {
    "invoice": invoice,
    "part_paid": part_paid,
    "paid": paid,
    "draft": draft,
    "void": void,
    "closed": closed,
    "credit_note": credit_note,
    "receipt": receipt,
    "long": lambda: long_invoice(60),
    "euro": euro,
    "yoruba": yoruba,
    "arabic": arabic,
}
