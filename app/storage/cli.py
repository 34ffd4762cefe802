"""`flask check-storage` tries the configured store of files with a page of PDF."""

from __future__ import annotations

import io
import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from app.storage.base import DeliveryRefused, StorageError
from app.storage.registry import storage


@click.command("check-storage")
@with_appcontext
def check_storage() -> None:
    """Say whether files can be kept, and whether a PDF is handed back."""
    config = current_app.config["DUELY"]
    click.echo("Files are kept at Cloudinary." if config.storage == "cloudinary" else "Files are kept on this machine.")
    try:
        storage().check(_one_page())
    except DeliveryRefused as error:
        click.echo(f"Keeping files: works.\nHanding out PDF: does not work. {error.reason}")
        sys.exit(1)
    except StorageError as error:
        click.echo(f"Keeping files: does not work. {error.reason}")
        sys.exit(1)
    click.echo("Keeping files: works.\nHanding out PDF: works.")


def _one_page() -> bytes:
    # Read only here: a process that serves pages does without it.
    from PIL import Image

    page = io.BytesIO()
    Image.new("L", (8, 8), 255).save(page, "PDF")
    return page.getvalue()
