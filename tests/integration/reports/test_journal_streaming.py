"""Large books leave in pieces: little is held in memory, one picture of the database is told, nothing stays open."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from datetime import date
from threading import BoundedSemaphore

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.database import writing
from app.errors import Invalid
from app.extensions import db
from app.reports import journal
from app.reports.books import Title
from app.reports.periods import Period
from app.reports.views import sending
from tests.guards.source import ROOT
from tests.integration.reports.books import bill, read_table
from tests.support.story import Story, a_business

MANY = 50_000
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
MOST = 12 * 1024 * 1024
"""Bytes; the rows of all lines at once are more than twice that."""


@pytest.fixture
def app(opened: Flask) -> Flask:
    return opened


@pytest.fixture
def ours(app) -> Story:
    return a_business(app)


def post_many(story: Story, many: int) -> None:
    """So many sales of 1.00 on the days of a year, made by the database itself: here they would fill the memory."""
    sqlite = db.engine.dialect.name == "sqlite"
    new = "lower(hex(randomblob(16)))" if sqlite else "gen_random_uuid()"
    at = "'2026-10-20 09:00:00.000000'" if sqlite else "timestamptz '2026-10-20 09:00:00Z'"
    day = "date('2026-01-01', (i % 365) || ' days')" if sqlite else "date '2026-01-01' + i % 365"
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)"
    sides = "SELECT 'receivable' AS account, 100 AS minor UNION ALL SELECT 'revenue', -100"
    entries = f"""
        INSERT INTO journal_entry (business_id, id, kind, source_kind, source_id, on_date, at, memo)
        {numbers} SELECT :business, {new}, 'issue', 'invoice', {new}, {day}, {at}, 'INV-' || i FROM n"""
    lines = f"""
        INSERT INTO journal_line (business_id, id, entry_id, account, currency, amount_minor, client_id)
        SELECT e.business_id, {new}, e.id, side.account, 'NGN', side.minor, :client
        FROM journal_entry e, ({sides}) side WHERE e.business_id = :business AND e.memo LIKE 'INV-%'"""
    keys = {"business": story.business_id, "client": story.client_id}
    values = {name: key.hex if sqlite else key for name, key in keys.items()}
    with writing() as session:
        session.execute(text(entries), {"many": many, **values})
        if not sqlite:
            # Otherwise each line may look its entry up by reading all of them, as was as good while there were few:
            # in the table or in whichever index begins with the business.
            session.execute(text("ANALYZE journal_entry"))
        session.execute(text(lines), values)
    if not sqlite:
        with writing() as session:
            session.execute(text("ANALYZE journal_entry, journal_line"))


def title(story: Story) -> Title:
    return Title(story.business_id, "Harmattan Fibre", "NGN", YEAR)


def file(story: Story, form: str) -> Generator[bytes, None, None]:
    return journal.exported(db.engine, title(story), form)


@pytest.fixture(autouse=True)
def places(monkeypatch) -> None:
    """All of them free, whatever the test before left unread."""
    for name in ("MAKING", "SENDING"):
        monkeypatch.setattr(sending, name, BoundedSemaphore(sending.AT_ONCE))


EXPORTING = """
import psutil, sys, uuid
from datetime import date
from threading import BoundedSemaphore
from app import create_app
from app.extensions import db
from app.reports import journal
from app.reports.books import Title
from app.reports.periods import Period
from config import Config

url, folder, business, *forms = sys.argv[1:]
def held():
    return psutil.Process().memory_info().rss
def pieces(form, year):
    period = Period(date(year, 1, 1), date(year, 12, 31))
    return journal.exported(db.engine, Title(uuid.UUID(business), "Harmattan Fibre", "NGN", period), form)
with create_app(Config.for_tests(database_url=url, instance_dir=folder)).app_context():
    for form in forms:
        list(pieces(form, 2027))  # a quiet year, and with it all that is made once and kept
    before = held()
    for form in forms:
        sizes, most = zip(*((len(piece), held()) for piece in pieces(form, 2026)))
        sys.stdout.write(f"{form} {sum(sizes)} {max(sizes)} {max(most) - before}\\n")
"""


def test_fifty_thousand_entries_need_no_more_memory_than_a_few(ours, database_url, tmp_path):
    """Measured is a process of its own, so what the database's own library keeps of an answer counts, too."""
    post_many(ours, MANY)
    db.session.remove()
    what = (database_url, tmp_path / "instance", str(ours.business_id), *journal.FORMATS)
    done = subprocess.run(
        [sys.executable, "-c", EXPORTING, *map(str, what)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    measured = [line.split() for line in done.stdout.splitlines() if line.startswith(tuple(journal.FORMATS))]
    assert [form for form, *_ in measured] == list(journal.FORMATS)
    for form, size, largest, grown in measured:
        assert int(size) > MANY * 200
        assert int(largest) < 2 * journal.CHUNK
        assert int(grown) < MOST, f"{form} took {int(grown):,} bytes"


def test_what_is_booked_meanwhile_is_in_the_next_file_not_in_half_of_this_one(ours):
    post_many(ours, 2_000)
    before = b"".join(file(ours, "csv"))
    download = file(ours, "csv")
    first = next(download)
    bill(ours, "10", day=date(2026, 10, 20))
    assert first + b"".join(download) == before
    after = read_table(b"".join(file(ours, "csv")))
    assert len(after.lines) == len(read_table(before).lines) + 3


def test_a_download_that_is_broken_off_gives_its_connection_back(ours):
    post_many(ours, 2_000)
    db.session.remove()
    download = file(ours, "beancount")
    next(download)
    assert db.engine.pool.checkedout() == 1
    download.close()
    assert db.engine.pool.checkedout() == 0


def ask(story: Story) -> TestResponse:
    """All of the year, with nothing of the answer read yet."""
    db.session.remove()
    return story.visitor().get("/reports/journal.csv?from=2026-01-01&to=2026-12-31")


def test_before_the_first_byte_leaves_the_database_is_let_go_and_the_file_is_whole(ours):
    """Whoever reads slowly keeps a file waiting, not a snapshot."""
    post_many(ours, 2_000)
    whole = b"".join(file(ours, "csv"))
    answer = ask(ours)
    assert db.engine.pool.checkedout() == 0
    bill(ours, "10", day=date(2026, 10, 20))
    assert answer.content_length == len(whole) > sending.PIECE
    assert answer.data == whole


def test_a_large_file_leaves_in_pieces_from_the_disk(ours):
    post_many(ours, 2_000)
    with journal.spooled(db.engine, title(ours), "csv", ours.app.config["DUELY"].instance_dir) as spool:
        assert spool.fileno() > 0
    answer = ask(ours)
    sizes = [len(piece) for piece in answer.iter_encoded()]
    assert len(sizes) > 1
    assert max(sizes) <= sending.PIECE


def test_few_large_files_are_read_at_a_time_and_small_ones_need_no_place(ours):
    post_many(ours, 2_000)
    slow = [ask(ours) for _ in range(sending.AT_ONCE)]
    refused = ask(ours)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert "Other large exports are under way" in refused.text
    db.session.remove()
    assert ours.visitor().get("/reports/journal.csv?from=2027-01-01&to=2027-01-31").status_code == 200
    slow.pop().close()
    assert ask(ours).status_code == 200
    for answer in slow:
        answer.close()


def test_few_files_are_made_at_a_time(ours, monkeypatch):
    monkeypatch.setattr(sending, "MAKING", BoundedSemaphore(1))
    assert ask(ours).status_code == 200
    sending.MAKING.acquire()
    assert ask(ours).status_code == 503


def test_a_file_that_cannot_be_made_gives_its_place_back(ours, monkeypatch):
    def failing(*_: object) -> None:
        raise Invalid

    monkeypatch.setattr(sending, "MAKING", BoundedSemaphore(1))
    with monkeypatch.context() as broken:
        broken.setattr(journal, "spooled", failing)
        assert ask(ours).status_code == 422
    assert ask(ours).status_code == 200


def test_a_reader_who_takes_too_long_gets_less_than_was_promised(ours, monkeypatch):
    post_many(ours, 2_000)
    monkeypatch.setattr(sending, "TO_READ", 0.0)
    answer = ask(ours)
    assert len(b"".join(answer.iter_encoded())) < answer.content_length
    answer.close()


def test_a_browser_that_goes_away_leaves_nothing_open(ours):
    post_many(ours, 2_000)
    answer = ask(ours)
    answer.close()
    db.session.remove()
    assert db.engine.pool.checkedout() == 0
