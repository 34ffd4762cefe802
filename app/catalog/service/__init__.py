"""Changing what is sold and how it is taxed."""

from app.catalog.service.items import archive_item, change_item, create_item, restore_item
from app.catalog.service.taxes import archive_tax, change_tax, create_tax, move_tax, restore_tax

__all__ = [
    "archive_item",
    "archive_tax",
    "change_item",
    "change_tax",
    "create_item",
    "create_tax",
    "move_tax",
    "restore_item",
    "restore_tax",
]
