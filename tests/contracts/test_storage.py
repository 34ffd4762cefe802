"""What every store of files does. The same cases for the folder, Cloudinary and the fake."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from app.storage.base import CHECK_KEY, BadKey, DeliveryRefused, FileMissing, Storage, StorageError
from app.storage.cloudinary import CloudinaryAccount, CloudinaryStorage
from app.storage.local import LocalStorage
from app.storage.memory import MemoryStorage
from tests.contracts.fake_cloudinary import CLOUD, KEY, SECRET, FakeCloudinary, run_fake_cloudinary, signature

PDF = b"%PDF-1.4\r\n" + bytes(range(256)) * 20
BUSINESS = "0199a7c2-0000-7000-8000-000000000001"
FILE = f"{BUSINESS}/invoices/{'ab12' * 16}.pdf"


@pytest.fixture
def cloud() -> Iterator[FakeCloudinary]:
    with run_fake_cloudinary() as fake:
        yield fake


def account_for(cloud: FakeCloudinary) -> CloudinaryAccount:
    return CloudinaryAccount(CLOUD, KEY, SECRET, upload_prefix=cloud.url)


@pytest.fixture(params=["local", "cloudinary", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "files")
    if request.param == "cloudinary":
        return CloudinaryStorage(account_for(request.getfixturevalue("cloud")))
    return MemoryStorage()


# --- every store -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [PDF, b"", b"\0", b"x" * 300_000], ids=["pdf", "empty", "zero byte", "large"])
def test_a_file_comes_back_byte_for_byte(storage: Storage, content: bytes) -> None:
    storage.put(FILE, content, "application/pdf")
    assert storage.get(FILE) == content


def test_a_file_is_there_from_put_until_delete(storage: Storage) -> None:
    assert not storage.exists(FILE)
    storage.put(FILE, PDF, "application/pdf")
    assert storage.exists(FILE)
    storage.delete(FILE)
    assert not storage.exists(FILE)
    with pytest.raises(FileMissing):
        storage.get(FILE)


def test_a_missing_file_is_said_to_be_missing(storage: Storage) -> None:
    with pytest.raises(FileMissing):
        storage.get(FILE)


def test_deleting_what_is_not_there_is_no_error(storage: Storage) -> None:
    storage.delete(FILE)


def test_putting_the_same_file_again_changes_nothing(storage: Storage) -> None:
    storage.put(FILE, PDF, "application/pdf")
    storage.put(FILE, PDF, "application/pdf")
    assert storage.get(FILE) == PDF


def test_putting_other_content_replaces_the_file(storage: Storage) -> None:
    storage.put(FILE, PDF, "application/pdf")
    storage.put(FILE, b"other", "application/pdf")
    assert storage.get(FILE) == b"other"


def test_files_of_two_businesses_do_not_meet(storage: Storage) -> None:
    storage.put("business-a/logos/same.png", b"a", "image/png")
    storage.put("business-b/logos/same.png", b"b", "image/png")
    storage.delete("business-a/logos/same.png")
    assert storage.get("business-b/logos/same.png") == b"b"


def test_the_check_passes_and_leaves_nothing_behind(storage: Storage) -> None:
    storage.check(PDF)
    assert not storage.exists(CHECK_KEY)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "alone.pdf",
        "../escape.pdf",
        "a/../../escape.pdf",
        "a/./b.pdf",
        "/etc/passwd.pdf",
        "a//b.pdf",
        "a\\..\\b.pdf",
        "a/b",
        "a/.hidden.pdf",
        "a/b.pdf\n",
        "a/b\0.pdf",
        "a/%2e%2e/b.pdf",
        "A/Upper.pdf",
        "a/ọ.pdf",
        "a/b.pdf?x=1",
        "a/b&type=upload.pdf",
        "a/" + "x" * 300 + ".pdf",
    ],
)
def test_a_key_that_could_leave_its_place_is_refused_by_every_method(storage: Storage, key: str) -> None:
    for method in (storage.get, storage.exists, storage.delete):
        with pytest.raises(BadKey):
            method(key)
    with pytest.raises(BadKey):
        storage.put(key, PDF, "application/pdf")


# --- the folder ------------------------------------------------------------------------------------------------------


def test_folders_and_files_are_closed_to_other_users(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        LocalStorage(tmp_path / "files").put(FILE, PDF, "application/pdf")
    finally:
        os.umask(before)
    found = list((tmp_path / "files").rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "files", *found] if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_file()} == {0o600}


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = LocalStorage(tmp_path)
    storage.put(FILE, PDF, "application/pdf")

    def disk_full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", disk_full)
        with pytest.raises(StorageError, match="cannot be written") as caught:
            storage.put(FILE, b"other", "application/pdf")
    assert not caught.value.permanent
    assert storage.get(FILE) == PDF
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [FILE.rpartition("/")[2]]


# --- Cloudinary ------------------------------------------------------------------------------------------------------


def test_the_fake_signs_like_the_published_example() -> None:
    params = {"public_id": "invoices/INV-1.pdf", "timestamp": "1700000000"}
    assert signature(params, "shh") == "4babc0b16dcae3666196b7d82e5cca4d5da59bd8"


def test_files_are_kept_raw_and_not_public(cloud: FakeCloudinary) -> None:
    CloudinaryStorage(account_for(cloud)).put(FILE, PDF, "application/pdf")
    assert cloud.files == {("raw", "authenticated", FILE): PDF}


@pytest.mark.parametrize("changes", [{"api_secret": "wrong"}, {"api_key": "wrong"}, {"cloud_name": "other"}])
def test_refused_credentials_are_named_and_not_permanent(cloud: FakeCloudinary, changes: dict[str, Any]) -> None:
    storage = CloudinaryStorage(replace(account_for(cloud), **changes))
    with pytest.raises(StorageError, match="refused our key or secret") as caught:
        storage.put(FILE, PDF, "application/pdf")
    assert not caught.value.permanent
    with pytest.raises(StorageError, match="Check the key"):
        storage.get(FILE)


def test_two_accounts_in_one_process_keep_to_themselves(cloud: FakeCloudinary) -> None:
    good = CloudinaryStorage(account_for(cloud))
    bad = CloudinaryStorage(replace(account_for(cloud), api_secret="other"))
    good.put(FILE, PDF, "application/pdf")
    with pytest.raises(StorageError):
        bad.delete(FILE)
    assert good.get(FILE) == PDF


@pytest.mark.parametrize(
    "status, permanent", [(400, True), (409, True), (420, False), (429, False), (500, False), (502, False)]
)
def test_an_upload_that_fails_says_whether_to_try_again(cloud: FakeCloudinary, status: int, permanent: bool) -> None:
    cloud.failures.append((status, "no"))
    with pytest.raises(StorageError) as caught:
        CloudinaryStorage(account_for(cloud)).put(FILE, PDF, "application/pdf")
    assert caught.value.permanent is permanent


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_download_that_fails_is_not_mistaken_for_a_missing_file(cloud: FakeCloudinary, status: int) -> None:
    storage = CloudinaryStorage(account_for(cloud))
    for ask in (storage.get, storage.exists):
        cloud.failures.append((status, "no"))
        with pytest.raises(StorageError):
            ask(FILE)


def test_the_check_finds_an_account_that_will_not_hand_out_pdf(cloud: FakeCloudinary) -> None:
    cloud.delivers_pdf = False
    with pytest.raises(DeliveryRefused, match="delivery of PDF files is allowed"):
        CloudinaryStorage(account_for(cloud)).check(PDF)
    assert ("raw", "authenticated", CHECK_KEY) not in cloud.files


@pytest.mark.parametrize("status", [400, 401, 403, 420, 500])
def test_the_check_tells_a_refused_upload_from_a_refused_delivery(cloud: FakeCloudinary, status: int) -> None:
    cloud.failures.append((status, "no"))
    with pytest.raises(StorageError) as caught:
        CloudinaryStorage(account_for(cloud)).check(PDF)
    assert not isinstance(caught.value, DeliveryRefused)


def test_what_the_check_found_is_not_hidden_by_a_page_that_cannot_be_removed(cloud: FakeCloudinary) -> None:
    storage = CloudinaryStorage(account_for(cloud))
    cloud.delivers_pdf = False
    fetch = storage.get

    def get(key: str) -> bytes:
        cloud.failures = []
        try:
            return fetch(key)
        finally:
            cloud.failures.append((500, "no"))

    storage.get = get  # type: ignore[method-assign]
    with pytest.raises(DeliveryRefused):
        storage.check(PDF)


@pytest.mark.parametrize("action", ["upload", "destroy", "download"])
def test_each_call_of_the_official_sdk_is_signed_over_everything_it_says(cloud: FakeCloudinary, action: str) -> None:
    """The fake works the signature out from what arrived: another secret, or one changed value, and it is refused."""
    cloud.files["raw", "authenticated", FILE] = PDF
    call = {
        "upload": lambda storage: storage.put(FILE, PDF, "application/pdf"),
        "destroy": lambda storage: storage.delete(FILE),
        "download": lambda storage: storage.get(FILE),
    }[action]
    with pytest.raises(StorageError):
        call(CloudinaryStorage(replace(account_for(cloud), api_secret="other")))
    assert cloud.files == {("raw", "authenticated", FILE): PDF}
    call(CloudinaryStorage(account_for(cloud)))
    (sent,) = [params for name, params in cloud.calls if name == action and "signature" in params][-1:]
    url = f"{cloud.url}/v1_1/{CLOUD}/raw/{action}"
    for name in set(sent) - {"signature", "api_key", "resource_type"}:
        answer = requests.post(url, data={**sent, name: sent[name] + "x"}, timeout=60)
        assert (answer.status_code, "Invalid Signature" in answer.text) == (401, True), name


def test_cloudinary_that_does_not_answer_is_given_up_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        storage = CloudinaryStorage(CloudinaryAccount(CLOUD, KEY, SECRET, url, connect_timeout=0.5, read_timeout=0.2))
        with pytest.raises(StorageError, match="could not be reached") as caught:
            storage.get(FILE)
        assert not caught.value.permanent
        with pytest.raises(StorageError, match="could not be reached"):
            storage.put(FILE, PDF, "application/pdf")


def test_an_account_is_read_from_its_address_and_never_shows_its_secret() -> None:
    account = CloudinaryAccount.from_url("cloudinary://key:s%2Fcret@My-Cloud?upload_prefix=http://127.0.0.1:5070")
    assert account == CloudinaryAccount("My-Cloud", "key", "s/cret", "http://127.0.0.1:5070")
    assert "s/cret" not in repr(account)


@pytest.mark.parametrize("url", ["", "https://key:secret@cloud", "cloudinary://cloud", "cloudinary://key@cloud"])
def test_an_incomplete_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="looks like"):
        CloudinaryAccount.from_url(url)
