"""Who and what the demo business works with. Nobody here exists; every address ends in .example."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

PASSWORD = "harmattan demo 2026"  # noqa: S105  (printed at the first start; the demo is refused in production)
PEOPLE = (
    ("Tolu Bakare", "tolu@harmattan.example", "owner"),
    ("Amaka Nwosu", "amaka@harmattan.example", "staff"),
    ("Sèyí Adékúnlé", "seyi@harmattan.example", "viewer"),
)
BUSINESS = "Harmattan Fibre"
SETTINGS = {
    "legal_name": "Harmattan Fibre Networks Ltd",
    "email": "billing@harmattan.example",
    "phone": "+2348030004417",
    "address": "14 Awólọ́wọ̀ Avenue\nBodija, Ibadan\nOyo State",
    "tax_id": "20417733-0001",
    "terms_days": 14,
    "charge_cards": "due",
    "send_receipts": False,
    "footer": "Thank you for staying connected with us.",
    "bank_details": [
        {"label": "Bank", "value": "Wema Bank"},
        {"label": "Account name", "value": "Harmattan Fibre Networks Ltd"},
        {"label": "Account number", "value": "0123456789"},
    ],
}


class Company(NamedTuple):
    """A client that is a company: its own address, and the person who gets the documents."""

    name: str
    street: str
    city: str
    contact: str
    domain: str
    country: str = "NG"
    currency: str = ""
    tags: str = "business"
    terms_days: int | None = None


# fmt: off
COMPANIES = (
    Company("Lagoon Dental Clinic", "3 Ring Road", "Ibadan", "Dr Bísí Fálétí", "lagoondental", tags="business, health"),
    Company("Palmgrove Estate Residents", "Palmgrove Gate 2", "Ibadan", "Chidi Okeke", "palmgrove", tags="estate"),
    Company("Adébáyọ̀ & Sons Printing", "21 Dugbe Market Road", "Ibadan", "Rótìmí Adébáyọ̀", "adebayoprint"),
    Company("Ọláìyá Pharmacy", "7 Iwo Road", "Ibadan", "Fúnmi Ọláìyá", "olaiya", tags="business, health"),
    Company("Mama Nkechi Foods", "55 Mokola Hill", "Ibadan", "Nkechi Eze", "mamankechi"),
    Company("Cocoa House Workspaces", "Cocoa House, 9th floor", "Ibadan", "Damilola Ajayi", "cocoawork", terms_days=30),
    Company(
        "St. Theresa's College", "Oke-Ado", "Ibadan", "Sister Agnes Udo", "sttheresas", tags="school", terms_days=30
    ),
    Company("Kèhìndé Auto Parts", "12 Gate Spare Parts Line", "Ibadan", "Kẹ́hìndé Sàláwù", "kehindeauto"),
    Company("Bodija Community Bank", "1 Secretariat Road", "Ibadan", "Halima Yusuf", "bodijabank", terms_days=30),
    Company("Green Pastures Farms", "Km 8, Oyo Road", "Oyo", "Emeka Obi", "greenpastures"),
    Company("Àṣà Textiles", "4 Itoku Market", "Abeokuta", "Yẹ́misí Ògúnlàdé", "asatextiles"),
    Company("Oasis Hotels & Suites", "18 Jericho Road", "Ibadan", "Ngozi Anyanwu", "oasishotels", terms_days=30),
    Company("Zenith Cold Rooms", "Alesinloye Market", "Ibadan", "Musa Bello", "zenithcold"),
    Company("Trust Eye Hospital", "30 Ring Road", "Ibadan", "Dr Ifeoma Nwachukwu", "trusteye", tags="business, health"),
    Company("Premier Law Chambers", "6 Agodi Gardens", "Ibadan", "Barr. Tunde Aluko", "premierlaw"),
    Company("Sunrise Bakery", "2 Challenge Road", "Ibadan", "Peace Effiong", "sunrisebakery"),
    Company("Ibadan Tech Hub", "11 Samonda", "Ibadan", "Oyinkan Àkàndé", "ibtechhub", tags="business, reseller"),
    Company("Gbàgí Market Traders", "Shop 144, Gbagi", "Ibadan", "Alhaji Rasheed Lawal", "gbagitraders", tags="estate"),
    Company("Royal Crest School", "9 Akobo Road", "Ibadan", "Mrs Grace Umeh", "royalcrest", tags="school"),
    Company("Cedar Logistics", "Toll Gate, Lagos Road", "Ibadan", "Abdul Sani", "cedarlogistics"),
    Company("Ewé Organic Cosmetics", "5 Aleshinloye", "Ibadan", "Títílayọ̀ Bámidélé", "eweorganic"),
    Company("Unity Radio 98.1", "Broadcast Hill", "Ibadan", "Femi Ọ̀ṣúndáre", "unityradio"),
    Company(
        "Solaris Energy GmbH", "Torstraße 44", "10119 Berlin", "Jörg Weiß", "solaris-energy", "DE", "EUR", "abroad", 30
    ),
    Company(
        "Brise Télécom SAS",
        "12 rue d'Alésia",
        "75014 Paris",
        "Éloïse Lefèvre",
        "brise-telecom",
        "FR",
        "EUR",
        "abroad",
        30,
    ),
    Company(
        "Savanna Networks Ltd", "Ngong Road 81", "Nairobi", "Achieng Otieno", "savanna", "KE", "KES", "abroad, reseller"
    ),
    Company(
        "Mwangaza Schools Trust",
        "Kenyatta Avenue 4",
        "Nakuru",
        "Wanjikũ Kamau",
        "mwangaza",
        "KE",
        "KES",
        "abroad, school",
    ),
)

PERSONS = (
    "Adésuwà Ìgbínóbà", "Babátúndé Ọláníyan", "Chiamaka Okafor", "Daniel Ekpo", "Ẹniọlá Fáshọlá", "Fatima Abubakar",
    "Gabriel Nnamdi", "Hauwa Danjuma", "Ìbùkún Oyèlẹ́yẹ", "Jumoke Alabi", "Kunle Ṣówándé", "Ladi Gyang", "Mercy Okoro",
    "Nnenna Uche",
)  # fmt: skip
STREETS = ("Akobo Estate", "Oluyole Extension", "Apata", "Felele Road", "Bashorun", "Eleyele", "Sango", "Ologuneru")


class Product(NamedTuple):
    """Something the business sells, at a price in naira."""

    code: str
    name: str
    unit: str
    price: Decimal
    description: str = ""


PRODUCTS = (
    Product("F20", "Home fibre 20 Mbit/s", "month", Decimal("18500")),
    Product("F50", "Home fibre 50 Mbit/s", "month", Decimal("27500")),
    Product("B100", "Business fibre 100 Mbit/s", "month", Decimal("86000"), "Fault repaired within 8 hours"),
    Product("B250", "Business fibre 250 Mbit/s", "month", Decimal("162500"), "Fault repaired within 4 hours"),
    Product("D1", "Dedicated line", "Mbit/s", Decimal("4250"), "Per month, symmetric"),
    Product("IP", "Fixed public address", "month", Decimal("6500")),
    Product("INST", "Installation", "", Decimal("45000"), "Up to 100 m of drop cable"),
    Product("RTR", "Wi-Fi 6 router", "piece", Decimal("38750")),
    Product("CAB", "Drop cable beyond 100 m", "metre", Decimal("420")),
    Product("VISIT", "Technician on site", "hour", Decimal("12000")),
)
ABROAD = (
    ("Roaming interconnect", "month", {"EUR": Decimal("640"), "KES": Decimal("61480")}),
    ("Network planning", "hour", {"EUR": Decimal("72.50"), "KES": Decimal("5200")}),
    ("Router configuration", "piece", {"EUR": Decimal("38"), "KES": Decimal("3150")}),
)
VOID_REASONS = ("Billed twice by mistake", "Wrong speed billed", "Client moved out before the month began")

# (currency, days ago, what one unit was worth in naira from then on)
RATES = (
    ("EUR", 480, "1688.40"),
    ("EUR", 150, "1702.15"),
    ("EUR", 30, "1695.80"),
    ("KES", 480, "11.62"),
    ("KES", 150, "11.74"),
    ("KES", 30, "11.69"),
    ("USD", 480, "1508.25"),
    ("USD", 30, "1496.50"),
)
