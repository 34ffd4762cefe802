"""Files at Cloudinary, as "raw" so that bytes stay as they are, and "authenticated" so that no link is public.

Free accounts refuse to hand out PDF and ZIP until that is allowed in Settings, Security: the upload succeeds and the
download answers 401. `check` finds out. Cloudinary is never the only way to a document: it can be rendered again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from cloudinary import exceptions, uploader, utils
from urllib3.util import Timeout

from app.storage.base import DeliveryRefused, FileMissing, StorageError, checked_key, prove

UPLOAD_PREFIX = "https://api.cloudinary.com"
Result = TypeVar("Result")

_REFUSED = "Cloudinary refused our key or secret."
_WITHHELD = (
    "Cloudinary would not hand the file back. Check the key, and that delivery of PDF files is allowed in its "
    "settings, under Security."
)


@dataclass(frozen=True, slots=True)
class CloudinaryAccount:
    """One account, passed with each call since the SDK's own configuration is global. Timeouts in seconds."""

    cloud_name: str
    api_key: str
    api_secret: str = field(repr=False)
    upload_prefix: str = UPLOAD_PREFIX
    connect_timeout: float = 5.0
    read_timeout: float = 20.0

    @classmethod
    def from_url(cls, url: str) -> CloudinaryAccount:
        """From `cloudinary://key:secret@cloud?upload_prefix=...`. Raises ValueError when a part is missing."""
        parts = urlsplit(url)
        if parts.scheme != "cloudinary" or not (parts.username and parts.password and parts.hostname):
            raise ValueError("a Cloudinary address looks like cloudinary://key:secret@cloud")
        cloud_name = parts.netloc.rpartition("@")[2]
        prefix = parse_qs(parts.query).get("upload_prefix", [UPLOAD_PREFIX])[0]
        return cls(cloud_name, unquote(parts.username), unquote(parts.password), prefix)


class CloudinaryStorage:
    """The account's raw files. Every call has timeouts; a refused key is not permanent, the setting can be mended."""

    def __init__(self, account: CloudinaryAccount) -> None:
        self.account = account

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Upload under the key, extension included. Cloudinary goes by the extension, not by the content type."""
        name = checked_key(key)
        options = self._options(public_id=name, overwrite=True, invalidate=True)
        _call(lambda: uploader.upload((name.rpartition("/")[2], content), **options))

    def get(self, key: str) -> bytes:
        """Download through a signed address of the API host that is used once. Raises FileMissing."""
        with self._download(key) as response:
            _raise_for(response)
            try:
                return response.content
            except requests.RequestException as error:
                raise _unreachable(error) from error

    def exists(self, key: str) -> bool:
        """Whether the file would be handed out; its body is not read."""
        with self._download(key) as response:
            if response.status_code == 404:
                return False
            _raise_for(response)
            return True

    def delete(self, key: str) -> None:
        """Destroy the file, copies at the edge included."""
        name = checked_key(key)
        _call(lambda: uploader.destroy(name, **self._options(invalidate=True)))

    def check(self, page: bytes) -> None:
        """Upload a one-page PDF, fetch it and remove it again. Raises StorageError, DeliveryRefused."""
        prove(self, page)

    def _options(self, **more: Any) -> dict[str, Any]:
        account = self.account
        return {
            "cloud_name": account.cloud_name,
            "api_key": account.api_key,
            "api_secret": account.api_secret,
            "upload_prefix": account.upload_prefix,
            "oauth_token": None,
            # Without it the SDK means images, and destroying a raw file says "not found" with status 200.
            "resource_type": "raw",
            "type": "authenticated",
            "timeout": Timeout(connect=account.connect_timeout, read=account.read_timeout),
            **more,
        }

    def _download(self, key: str) -> requests.Response:
        url = utils.private_download_url(checked_key(key), "", **self._options())
        try:
            timeouts = (self.account.connect_timeout, self.account.read_timeout)
            return requests.get(url, timeout=timeouts, stream=True)
        except requests.RequestException as error:
            raise _unreachable(error) from error


def _call(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return work()
    except (exceptions.AuthorizationRequired, exceptions.NotAllowed) as error:
        raise StorageError(_REFUSED, detail=str(error)) from error
    except exceptions.RateLimited as error:
        raise StorageError("Cloudinary asked to try later.", detail=str(error)) from error
    except (exceptions.BadRequest, exceptions.AlreadyExists, exceptions.NotFound) as error:
        raise StorageError("Cloudinary did not take the file.", permanent=True, detail=str(error)) from error
    except exceptions.Error as error:
        raise _unreachable(error) from error


def _raise_for(response: requests.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status == 404:
        raise FileMissing()
    if status in (401, 403):
        raise DeliveryRefused(_WITHHELD, detail=f"status {status}")
    raise StorageError("Cloudinary did not hand the file back.", detail=f"status {status}")


def _unreachable(error: Exception) -> StorageError:
    return StorageError("Cloudinary could not be reached.", detail=type(error).__name__)
