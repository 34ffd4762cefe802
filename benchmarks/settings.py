"""The environment the application runs in while it is measured: production, with its limits lifted."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = "bench.example"
LIFTED = {
    "RATE_LIMIT_AUTHENTICATED": "1000000",
    "RATE_LIMIT_ANONYMOUS": "1000000",
    "RATE_LIMIT_LOGIN": "1000000",
}
"""Without these, 16 busy connections would be told to wait after 200 requests."""
THREADS = 8
PAYSTACK_KEY = "sk_test_" + 40 * "0"
"""A made-up key of a payment company."""


def environment(database_url: str, instance: Path, secret: dict[str, str]) -> dict[str, str]:
    """Every setting of the application. The load stands where the proxy with the certificate would stand."""
    machine = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {
        **machine,
        **secret,
        **LIFTED,
        "APP_ENV": "production",
        "SITE_URL": f"https://{SITE}",
        "ALLOWED_HOSTS": SITE,
        "TRUSTED_PROXIES": "1",
        "WEB_THREADS": str(THREADS),
        "DATABASE_URL": database_url,
        "INSTANCE_DIR": str(instance),
        "LOG_LEVEL": "WARNING",
        # As the image and the systemd unit have it.
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": "1048576",
    }


def keep_secrets(folder: Path) -> dict[str, str]:
    """The secrets of this folder: rows that are kept can be read with them only."""
    file = folder / "secrets.json"
    if not file.exists():
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        file.write_text(json.dumps({"SECRET_KEY": secrets.token_hex(32), "ENCRYPTION_KEYS": key}))
        file.chmod(0o600)
    found: dict[str, str] = json.loads(file.read_text())
    return found
