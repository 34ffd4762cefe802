"""The demo bank on an origin of its own: `python -m tests.support.bank STORE PORT CERTIFICATE KEY`."""

from __future__ import annotations

import sys

from werkzeug.serving import run_simple

from app.payments.gateways.demo_checkout import create_demo_checkout_app


def main() -> None:
    """Serve its checkout pages over https until somebody ends the process."""
    store, port, certificate, key = sys.argv[1:]
    app = create_demo_checkout_app(store)
    run_simple("127.0.0.1", int(port), app, ssl_context=(certificate, key), threaded=True)


if __name__ == "__main__":
    main()
