"""Files in a folder of this machine."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.storage.base import FileMissing, StorageError, checked_key, prove


class LocalStorage:
    """A folder only this program may enter (0700). A file appears complete, on the disk, or does not appear."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Write beside the place, flush to the disk, then rename. The content type is not kept."""
        path = self._path(key)
        with _as_storage_error("The folder of stored files cannot be written."):
            _make_folders(self.root, path.parent)
            handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
            _sync_folder(path.parent)

    def get(self, key: str) -> bytes:
        """The content. Raises FileMissing."""
        path = self._path(key)
        with _as_storage_error("The folder of stored files cannot be read."):
            try:
                return path.read_bytes()
            except FileNotFoundError as error:
                raise FileMissing() from error

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        path = self._path(key)
        with _as_storage_error("The folder of stored files cannot be read."):
            return path.is_file()

    def delete(self, key: str) -> None:
        """Remove the file; empty folders stay."""
        path = self._path(key)
        with _as_storage_error("The folder of stored files cannot be written."):
            path.unlink(missing_ok=True)

    def check(self, page: bytes) -> None:
        """Write a page, read it and remove it again. Raises StorageError."""
        prove(self, page)

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)


@contextlib.contextmanager
def _as_storage_error(reason: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(reason, detail=str(error)) from error


def _make_folders(root: Path, folder: Path) -> None:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkdir(parents=True) would give the folders between the default permissions.
    for between in (*reversed(folder.relative_to(root).parents), folder.relative_to(root)):
        (root / between).mkdir(mode=0o700, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
