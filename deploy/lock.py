"""Rewrite the second half of requirements.txt and requirements-dev.txt: every transitive pin.

The first half of each file, above the marker, is written by hand: what we chose, with exact versions. The second
half is resolved by uv for every platform and for Python 3.11 and later, keeping the versions already there unless
`--upgrade` is given.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKER = "# ---- brought along by the above; written by `make lock` ----"
PRODUCT, DEV = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"


def package(line: str) -> str:
    """The normalised project name of one requirement line, or an empty string."""
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def halves(path: Path) -> tuple[str, list[str]]:
    """The hand-written text of a requirements file, and the lines below the marker."""
    chosen, _, locked = path.read_text("utf-8").partition(MARKER)
    return chosen.rstrip() + "\n", locked.strip().splitlines()


def resolve(chosen: str, preferred: list[str], uv: str) -> list[str]:
    """Every pin that the chosen requirements need, as uv resolves them. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, output = Path(folder, "wanted.in"), Path(folder, "locked.txt")
        wanted.write_text(chosen, "utf-8")
        output.write_text("\n".join(preferred), "utf-8")
        options = ["--universal", "--python-version", "3.11", "--no-header", "--no-annotate", "--quiet"]
        subprocess.run([uv, "pip", "compile", *options, "-o", str(output), str(wanted)], check=True)
        return output.read_text("utf-8").split("\n")[:-1]


def main() -> None:
    uv = Path(sys.executable).with_name("uv")
    keep = "--upgrade" not in sys.argv
    product, product_locked = halves(PRODUCT)
    dev, dev_locked = halves(DEV)
    own_dev = "\n".join(line for line in dev.splitlines() if not line.startswith("-r "))

    preferred = product_locked + dev_locked if keep else []
    needed = resolve(product, preferred, str(uv))
    everything = resolve(product + own_dev, needed + preferred, str(uv))

    for path, chosen, pins, elsewhere in (
        (PRODUCT, product, needed, set()),
        (DEV, dev, everything, {package(line) for line in needed}),
    ):
        named = {package(line) for line in chosen.splitlines()} | elsewhere
        rest = [line for line in pins if package(line) not in named]
        path.write_text(f"{chosen}\n{MARKER}\n" + "\n".join(rest) + "\n", "utf-8")


if __name__ == "__main__":
    main()
