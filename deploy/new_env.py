"""Fresh secrets: `python3 -m deploy.new_env deploy/compose.env.example [file]` writes a settings file from an example.

Needs the standard library only. The file is for its owner alone, and one that exists is never touched.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path


def secret_key() -> str:
    """What signs cookies: 256 bits."""
    return secrets.token_hex(32)


def encryption_key() -> str:
    """A Fernet key: 256 bits."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def password() -> str:
    """192 bits that can stand in an address as they are."""
    return secrets.token_urlsafe(24)


MADE: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": secret_key,
    "ENCRYPTION_KEYS": encryption_key,
    "POSTGRES_PASSWORD": password,
    "METRICS_TOKEN": password,
}


def filled(example: str) -> str:
    """The text of an example with a fresh secret behind every name of MADE that has no value yet."""
    lines = []
    for line in example.splitlines():
        name, found, value = line.partition("=")
        lines.append(f"{line}{MADE[name]()}" if found and not value and name in MADE else line)
    return "\n".join(lines) + "\n"


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read. Raises FileExistsError when there is one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2) or not arguments[0].endswith(".example"):
        print(__doc__, file=sys.stderr)
        return 2
    target = Path(arguments[1] if len(arguments) == 2 else arguments[0].removesuffix(".example"))
    try:
        write_private(target, filled(Path(arguments[0]).read_text("utf-8")))
    except FileExistsError:
        print(f"{target} is there already; nothing was changed.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{target} could not be written: {error}", file=sys.stderr)
        return 1
    print(f"Wrote {target} with fresh secrets. Fill in what is still empty, and keep a copy in a safe place.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
