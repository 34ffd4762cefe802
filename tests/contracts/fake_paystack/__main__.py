"""`python -m tests.contracts.fake_paystack PORT JOURNAL`: prints its address and serves until it is ended."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from tests.contracts.fake_paystack.server import run_fake_paystack


def main() -> None:
    """Serve until SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with run_fake_paystack(int(sys.argv[1]), Path(sys.argv[2])) as fake:
        sys.stdout.write(f"{fake.base_url}\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main()
