"""A small Cloudinary for tests: raw files, real signatures recomputed from what arrived, its kind of errors."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

CLOUD, KEY, SECRET = "duely-test", "key-123", "shh-very-secret"
_UNSIGNED = frozenset({"file", "cloud_name", "resource_type", "api_key", "signature"})


@dataclass
class FakeCloudinary:
    """What the account holds, by (resource type, delivery type, public id), and the answers it was told to give.

    `calls` holds each call's action and parameters, refused ones too.
    """

    url: str = ""
    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    failures: list[tuple[int, str]] = field(default_factory=list)
    delivers_pdf: bool = True
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        with Request(environ) as request:
            return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        _, version, cloud, resource_type, action = request.path.split("/")
        params = request.values.to_dict()
        self.calls.append((action, params))
        if self.failures:
            return _error(*self.failures.pop(0))
        if (version, cloud, params.get("api_key")) != ("v1_1", CLOUD, KEY):
            return _error(401, "Invalid api_key or cloud_name")
        if params.get("signature") != signature(params, SECRET):
            return _error(401, f"Invalid Signature {params.get('signature')}.")
        place = (resource_type, params.get("type", "upload"), params.get("public_id", ""))
        return {"upload": self._upload, "destroy": self._destroy, "download": self._download}[action](place, request)

    def _upload(self, place: tuple[str, str, str], request: Request) -> Response:
        self.files[place] = request.files["file"].read()
        return _json({"public_id": place[2], "resource_type": place[0], "type": place[1]})

    def _destroy(self, place: tuple[str, str, str], request: Request) -> Response:
        return _json({"result": "ok" if self.files.pop(place, None) is not None else "not found"})

    def _download(self, place: tuple[str, str, str], request: Request) -> Response:
        if place not in self.files:
            return _error(404, f"Resource not found - {place[2]}")
        if place[2].endswith(".pdf") and not self.delivers_pdf:
            return _error(401, "PDF delivery is not allowed")
        return Response(self.files[place], content_type="application/octet-stream")


def signature(params: Mapping[str, str], secret: str) -> str:
    """SHA-1 of the sorted `name=value` pairs joined by `&`, an `&` inside a value escaped, followed by the secret."""
    pairs = sorted(f"{k}={v}".replace("&", "%26") for k, v in params.items() if k not in _UNSIGNED and v)
    return hashlib.sha1(("&".join(pairs) + secret).encode()).hexdigest()


@contextmanager
def run_fake_cloudinary() -> Iterator[FakeCloudinary]:
    """Serve on a free port of 127.0.0.1."""
    fake = FakeCloudinary()
    server = make_server("127.0.0.1", 0, fake, threaded=True)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _json(answer: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(answer), status=status, content_type="application/json")


def _error(status: int, message: str) -> Response:
    return _json({"error": {"message": message}}, status)
