"""When a row was changed last: by this, programs that keep a copy ask what is new."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant


def _begun(new: Any) -> datetime:
    """A row that begins was changed when it was made, or issued."""
    told = new.get_current_parameters()
    moment: datetime = told["created_at"] if "created_at" in told else told["issued_at"]
    return moment


class Changed:
    """A row that tells when it was changed last. Whatever changes it says so."""

    updated_at: Mapped[datetime] = mapped_column(Instant, default=_begun)


def by_change(table: str) -> Index:
    """The index that serves rows of one business in the order of their last change."""
    return Index(f"ix_{table}_updated", "business_id", "updated_at", "id")
