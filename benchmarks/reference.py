"""Runs the reference renderer: `python reference.py FOLDER` reads lists of documents, a line each, and says how long.

A process without anything of ours in it, as whoever wrote the reference ran it.
"""

from __future__ import annotations

import json
import logging
import sys
import time


def main() -> None:
    """Draw until the other side closes."""
    sys.path.insert(0, sys.argv[1])
    from render import render  # type: ignore[import-not-found]

    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        documents = json.loads(line)
        began, cpu = time.perf_counter(), time.process_time()
        for document in documents:
            render(document)
        told = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
