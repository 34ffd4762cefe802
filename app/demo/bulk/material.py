"""What the generated business is made of: names, things sold, shares. Nobody here exists; addresses end in .example."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

BUSINESS = "Plenty Networks"
OWNER = "Ada Plenty"
COUNTRY = "NG"
SETTINGS = {
    "legal_name": "Plenty Networks Ltd",
    "phone": "+2348030005512",
    "address": "8 Measure Street\nBodija, Ibadan\nOyo State",
    "tax_id": "30522841-0001",
    "footer": "Thank you for your business.",
    "number_pattern": "INV-{YYYY}-{000000}",
    "send_receipts": False,
    "bank_details": [{"label": "Bank", "value": "Wema Bank"}, {"label": "Account number", "value": "0123456789"}],
}
ABROAD = "EUR"
ABROAD_EVERY = 20
"""Every twentieth client is billed in EUR."""
TERMS = (14, 30, 30, 45)
"""Payment terms in days, by client in turn."""

# fmt: off
FIRST = (
    "Adamu", "Bísí", "Chidi", "Dàmọ́lá", "Efe", "Fúnmi", "Gbénga", "Halima", "Ifeoma", "Jídé", "Kẹ́hìndé", "Lará",
    "Musa", "Ngozi", "Ọlá", "Peace", "Rótìmí", "Ṣadé", "Tunde", "Uche", "Victor", "Wálé", "Yẹ́misí", "Zainab",
)
LAST = (
    "Adébáyọ̀", "Bello", "Chukwu", "Danjuma", "Eze", "Fáshọlá", "Garba", "Ìgbínóbà", "Johnson", "Káyọ̀dé", "Lawal",
    "Mohammed", "Nwosu", "Okafor", "Peters", "Raji", "Ṣówándé", "Thomas", "Umeh", "Yusuf",
)
PLACES = (
    "Akobo", "Bodija", "Challenge", "Dugbe", "Eleyele", "Felele", "Gate", "Harbour", "Iwo Road", "Jericho", "Karimu",
    "Lagoon", "Mokola", "Northgate", "Ojoo", "Palmgrove", "Ring Road", "Sango", "Toll Gate", "Unity", "Vale", "Yemetu",
)
TRADES = (
    "Pharmacy", "Bakery", "Logistics", "Hotel", "Textiles", "Dental Clinic", "Printing Press", "Cold Rooms", "Law Firm",
    "Auto Parts", "Primary School", "Farms", "Eye Hospital", "Workspaces", "Foods", "Energy", "Estate Residents",
    "Travel", "Furniture", "Radio", "Hardware", "Studios", "Insurance Brokers",
)
TAGS = ("business", "estate", "health", "reseller", "school")
# fmt: on


class Thing(NamedTuple):
    """Something sold, at a price in naira."""

    code: str
    name: str
    unit: str
    price: Decimal
    description: str = ""


THINGS = (
    Thing("H10", "Home fibre 10 Mbit/s", "month", Decimal("12500")),
    Thing("H20", "Home fibre 20 Mbit/s", "month", Decimal("18500")),
    Thing("H50", "Home fibre 50 Mbit/s", "month", Decimal("27500")),
    Thing("B50", "Business fibre 50 Mbit/s", "month", Decimal("54000"), "Fault repaired within a day"),
    Thing("B100", "Business fibre 100 Mbit/s", "month", Decimal("86000"), "Fault repaired within 8 hours"),
    Thing("B250", "Business fibre 250 Mbit/s", "month", Decimal("162500"), "Fault repaired within 4 hours"),
    Thing("DED", "Dedicated line", "Mbit/s", Decimal("4250.50"), "Per month, symmetric"),
    Thing("IP4", "Fixed public address", "month", Decimal("6500")),
    Thing("NET", "Block of eight addresses", "month", Decimal("31999.99")),
    Thing("INS", "Installation", "", Decimal("45000"), "Up to 100 m of drop cable"),
    Thing("RT5", "Wi-Fi 5 router", "piece", Decimal("24900")),
    Thing("RT6", "Wi-Fi 6 router", "piece", Decimal("38750")),
    Thing("AP", "Ceiling access point", "piece", Decimal("61249.95")),
    Thing("SW8", "Switch with 8 ports", "piece", Decimal("19800")),
    Thing("UPS", "Battery for the router", "piece", Decimal("27300")),
    Thing("CAB", "Drop cable beyond 100 m", "metre", Decimal("420")),
    Thing("VIS", "Technician on site", "hour", Decimal("12000")),
    Thing("REM", "Remote configuration", "hour", Decimal("7500")),
    Thing("TEL", "Telephone number", "month", Decimal("1850")),
    Thing("MIN", "Calls beyond the bundle", "minute", Decimal("14.75")),
)
SERVICES_ABROAD = (
    Thing("", "Roaming interconnect", "month", Decimal("640")),
    Thing("", "Network planning", "hour", Decimal("72.50")),
    Thing("", "Router configuration", "piece", Decimal("38")),
    Thing("", "Monitoring", "month", Decimal("119.99")),
    Thing("", "Remote hands", "hour", Decimal("54")),
)
QUANTITIES = tuple(map(Decimal, ("1", "1", "1", "1", "2", "3", "5", "1.5", "12", "40")))
VOID_REASONS = ("Billed twice by mistake", "Wrong speed billed", "Client moved out before the month began")
METHODS = ("transfer",) * 12 + ("gateway",) * 4 + ("cash",) * 2 + ("card_terminal", "mobile_money")
