"""From a bare machine to a virtual environment that holds what the requirements files name.

Needs Python 3.11 and the standard library, nothing else. Run as a script by `make test` and its neighbours, imported
by the launcher behind `make run`. `.venv` is made with the fastest Python of the machine. What has been installed is
remembered in it, so the next start asks nobody.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import interpreter

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / os.environ.get("DUELY_VENV", ".venv")
PRODUCT, DEV = "requirements.txt", "requirements-dev.txt"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


class CannotPrepare(Exception):
    """Something is missing on this machine; the message says what to do about it."""


def require_python() -> None:
    """Raises CannotPrepare when this interpreter is too old."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this line is for the Python that is too old
        raise CannotPrepare(f"Duely needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")


def can_install_packages() -> bool:
    """Whether this is Debian (or one of its children) and we may install on it."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(package: str) -> None:
    """Install one Debian package. Raises CannotPrepare when apt does not manage it in ten minutes."""
    print(f"Installing {package} with apt ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        # The lists may be refused in part (an unreachable mirror); the install itself decides.
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, timeout=300, check=False)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
        subprocess.run(install, env=quiet, timeout=600, check=True, stdout=subprocess.DEVNULL)
    except (subprocess.SubprocessError, OSError) as error:
        raise CannotPrepare(f"apt could not install {package}: {error}") from error


def python_in(venv: Path) -> Path:
    return venv / "bin" / "python"


def prepare(dev: bool = False) -> Path:
    """Make or complete `.venv` and return its interpreter. Raises CannotPrepare with the way out."""
    require_python()
    with _one_at_a_time():
        if not _is_current(dev):
            _make_venv()
            _install(dev)
            _remember(dev)
    return python_in(VENV)


def find_chromium() -> str | None:
    """A Chromium or Chrome that is installed on this machine, or None."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or next((path for path in MAC_BROWSERS if os.access(path, os.X_OK)), None)


def ensure_chromium() -> None:
    """Install Chromium where that is ours to do; elsewhere the tests say loudly that they had none.

    The one without windows comes first: opening pages takes it a third less work.
    """
    if shutil.which(BROWSERS[0]) or not can_install_packages():
        return
    for package in (BROWSERS[0], *(() if find_chromium() else ("chromium",))):
        try:
            apt_install(package)
            return
        except CannotPrepare as error:
            print(error, file=sys.stderr)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (ROOT / PRODUCT).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _fingerprint(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def _stamp(name: str) -> Path:
    return VENV / f".installed-{name}"


def _is_current(dev: bool) -> bool:
    if not python_in(VENV).exists():  # also when the link leads to a Python that has gone
        return False
    wanted = (PRODUCT, DEV) if dev else (PRODUCT,)
    return all(_stamp(name).is_file() and _stamp(name).read_text() == _fingerprint(name) for name in wanted)


def _remember(dev: bool) -> None:
    for name in (PRODUCT, DEV) if dev else (PRODUCT,):
        _stamp(name).write_text(_fingerprint(name))


def _make_venv() -> None:
    if python_in(VENV).exists():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if uv := shutil.which("uv"):
        _begin_venv(python := interpreter.fastest())
        _run([uv, "venv", "--quiet", "--python", python, str(VENV)])
        return
    if _pip_installs_elsewhere() and (python := interpreter.fastest()) != sys.executable:
        _begin_venv(python)
        try:
            _run([python, "-m", "venv", "--without-pip", str(VENV)])
            return
        except CannotPrepare:
            shutil.rmtree(VENV, ignore_errors=True)
    _begin_venv(sys.executable)
    _need_ensurepip()
    _run([sys.executable, "-m", "venv", str(VENV)])


def _begin_venv(python: str) -> None:
    print(f"Making {VENV} with {python} ...", flush=True)


def _pip_installs_elsewhere() -> bool:
    """Whether this interpreter's pip can fill an environment that has none of its own; it can since 22.3."""
    try:
        return tuple(map(int, importlib.metadata.version("pip").split(".")[:2])) >= (22, 3)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return False


def _need_ensurepip() -> None:
    if importlib.util.find_spec("ensurepip"):
        return
    package = f"python3.{sys.version_info.minor}-venv"
    if not can_install_packages():
        raise CannotPrepare(f"Python's venv module is missing. On Debian or Ubuntu: sudo apt install {package}")
    apt_install(package)


def _install(dev: bool) -> None:
    name = DEV if dev else PRODUCT
    print(f"Installing {name} (the first time takes a minute) ...", flush=True)
    wheels_only = ["--only-binary", ":all:", "-r", str(ROOT / name)]
    uv = shutil.which("uv") or shutil.which("uv", path=str(VENV / "bin"))
    if uv:
        _run([uv, "pip", "install", "--quiet", "--python", str(python_in(VENV)), *wheels_only])
    else:
        own = (VENV / "bin" / "pip").exists()
        pip = [str(python_in(VENV)), "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", str(VENV)]
        _run([*pip, "install", "--quiet", "--disable-pip-version-check", *wheels_only])


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, cwd=ROOT, timeout=1800)
    except (subprocess.SubprocessError, OSError) as error:
        raise CannotPrepare(f"This did not work: {' '.join(command)}\n{error}") from error


def main(arguments: list[str]) -> int:
    """`bootstrap.py [--dev] [--browser]`: 0 when everything is there."""
    try:
        prepare(dev="--dev" in arguments)
    except CannotPrepare as error:
        print(error, file=sys.stderr)
        return 1
    if "--browser" in arguments:
        ensure_chromium()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
