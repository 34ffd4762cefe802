"""Files are handed to the store with no transaction open: it may be another company's computer."""

from __future__ import annotations

from app import clock
from app.database import in_transaction
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Attachment
from app.storage.memory import MemoryStorage
from tests.support.story import Story


class FarAway(MemoryStorage):
    """A store that notes whether the database waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[bool] = []

    def put(self, key: str, content: bytes, content_type: str) -> None:
        self.held.append(in_transaction() or db.session().in_transaction())
        super().put(key, content, content_type)


def test_nothing_is_locked_while_a_file_is_stored(app, ours: Story):
    store = app.extensions["duely_storage"] = FarAway()
    kept = invoices.attach(ours.owner, ours.draft(), "terms.txt", b"Payable in 14 days.", now=clock.now())
    assert store.held == [False]
    assert db.session.get(Attachment, (ours.business_id, kept.id)).storage_key in store.files
