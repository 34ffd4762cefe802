"""Which store this installation keeps files in."""

from __future__ import annotations

from flask import current_app

from app.storage.base import Storage
from app.storage.local import LocalStorage


def storage() -> Storage:
    """The configured store of the current application, made once."""
    known = current_app.extensions.get("duely_storage")
    if known is None:
        config = current_app.config["DUELY"]
        cloud = config.storage == "cloudinary"
        known = _cloudinary(config.cloudinary_url) if cloud else LocalStorage(config.instance_dir / "files")
        current_app.extensions["duely_storage"] = known
    return known  # type: ignore[no-any-return]


def _cloudinary(url: str) -> Storage:
    # The SDK costs memory and reads the environment when it is imported, so only those who use it load it.
    from app.storage.cloudinary import CloudinaryAccount, CloudinaryStorage

    return CloudinaryStorage(CloudinaryAccount.from_url(url))
