"""PDFs: the whole job of printing an invoice, beside the reference renderer drawing the same document, in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask

from app import clock
from app.extensions import db
from app.invoices.pdf import isolated
from app.invoices.pdf.document import PrintedDocument
from app.invoices.service.printing import canonical_input, ensure_pdf
from app.money import exponent
from benchmarks.database import Engine
from benchmarks.processes import own_cpu_seconds
from benchmarks.settings import ROOT

LOOKS = Path(os.environ.get("LOOKS_DIR") or ROOT.parent / "shared" / "looks")
TURN = 5
"""Documents in a row, before it is the other renderer's turn."""


class Reference:
    """The reference renderer in a process of its own; `None` figures where its files are not there."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("reference.py")), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def draw(self, documents: list[dict[str, Any]]) -> dict[str, float]:
        """{seconds, cpu_seconds} for some documents."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(documents) + "\n")
        self.process.stdin.flush()
        told: dict[str, float] = json.loads(self.process.stdout.readline())
        return told

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


def measure(app: Flask, engine: Engine, business_id: uuid.UUID, invoices: list[uuid.UUID], most: int) -> dict[str, Any]:
    """Figures of printing up to `most` of these invoices, none of which was printed before, and of the reference."""
    reference = Reference(LOOKS / "pdf") if (LOOKS / "pdf" / "render.py").is_file() else None
    others = [reference.process.pid] if reference else []
    ours, theirs, database = [0.0, 0.0], [0.0, 0.0], 0.0
    warm, measured = invoices[:2], invoices[2 : most + 2]
    with app.app_context():
        _both(business_id, warm, reference)
        for at in range(0, len(measured), TURN):
            turn = measured[at : at + TURN]
            documents = [_same(canonical_input(business_id, one, clock.now())) for one in turn]
            db.session.remove()
            began, cpu, used = time.perf_counter(), own_cpu_seconds(others), engine.cpu()
            for one in turn:
                ensure_pdf(business_id, one, clock.now())
                db.session.remove()
            _add(ours, (time.perf_counter() - began, own_cpu_seconds(others) - cpu))
            database += engine.cpu() - used
            if reference:
                told = reference.draw(documents)
                _add(theirs, (told["seconds"], told["cpu_seconds"]))
        db.session.remove()
    isolated.close()
    if reference:
        reference.close()
    return _figures(len(measured), ours, database, theirs if reference else None)


def _both(business_id: uuid.UUID, invoices: Iterable[uuid.UUID], reference: Reference | None) -> None:
    """Wake both renderers up: fonts loaded, templates compiled."""
    for one in invoices:
        ensure_pdf(business_id, one, clock.now())
        if reference:
            reference.draw([_same(canonical_input(business_id, one, clock.now()))])


def _add(sums: list[float], more: tuple[float, float]) -> None:
    sums[0] += more[0]
    sums[1] += more[1]


def _figures(count: int, ours: list[float], database: float, theirs: list[float] | None) -> dict[str, Any]:
    if not count:
        raise RuntimeError("there is no unpaid invoice to print")
    found: dict[str, Any] = {
        "operations": count,
        "per_second": round(count / ours[0], 1),
        "app_cpu_ms": round(ours[1] / count * 1000, 2),
        "db_cpu_ms": round(database / count * 1000, 2),
        "cpu_ms": round((ours[1] + database) / count * 1000, 2),
    }
    if theirs:
        found["reference_per_second"] = round(count / theirs[0], 1)
        found["reference_cpu_ms"] = round(theirs[1] / count * 1000, 2)
        found["of_reference"] = round(theirs[1] / (ours[1] + database), 3)
    return found


def _same(doc: PrintedDocument) -> dict[str, Any]:
    """The same document in the words of the reference renderer, which adds the figures up itself."""
    major = 10 ** exponent(doc["currency"])

    def amount(minor: int) -> str:
        return f"{minor / major:.2f}"

    business, pay = doc["business"], None
    if doc["pay_url"]:
        bank = [[row["label"], row["value"]] for row in doc["bank"]]
        pay = {"url": doc["pay_url"], "how": doc["pay_label"], "bank": bank}
    found: dict[str, Any] = {
        "kind": "invoice",
        "locale": doc["locale"],
        "lang": doc["locale"][:2],
        "currency": doc["currency"],
        "accent": business["accent"],
        "paper": doc["paper"],
        "number": doc["number"],
        "issued": doc["issue_date"],
        "due": doc["due_date"],
        "hero_note": doc["terms_label"],
        "reference": doc["reference"],
        "business": {
            "name": business["name"],
            "lines": business["lines"] + ([f"Tax number {business['tax_id']}"] if business["tax_id"] else []),
            "legal": doc["footer"],
            "logo": None,
        },
        "client": {"name": doc["client"]["name"], "lines": doc["client"]["lines"]},
        "tax_label": doc["tax_label"],
        "lines": [
            {
                "title": line["title"],
                "detail": " ".join(filter(None, (line["detail"], line["discount_label"]))),
                "qty": line["quantity"],
                "price": line["unit_price"],
                "tax": line["tax"],
                "amount": amount(line["amount_minor"]),
            }
            for line in doc["lines"]
        ],
        "taxes": [
            {"label": tax["label"], "base": amount(tax["base_minor"]), "amount": amount(tax["amount_minor"])}
            for tax in doc["taxes"]
        ],
        "pay": pay,
        "notes": [doc["notes"]] if doc["notes"] else [],
    }
    if doc["discounts"]:
        found["discount"] = {
            "label": doc["discounts"][0]["label"],
            "amount": amount(doc["discounts"][0]["amount_minor"]),
        }
    if doc["payments"]:
        found["payments"] = [
            {"date": row["date"], "label": row["label"], "amount": amount(row["amount_minor"])}
            for row in doc["payments"]
        ]
    return found
