"""Nobody mistakes browser tests that could not run for browser tests that passed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SUITE = "import pytest\n\n@pytest.mark.browser\ndef test_a_page():\n    pass\n\ndef test_arithmetic():\n    assert 1\n"


def run_without_browser(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.browser", "-p", "no:cacheprovider", str(folder)]
    clean = {name: value for name, value in os.environ.items() if name != "CI"}
    clean |= {"PATH": str(folder), "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, timeout=300)


@pytest.fixture(autouse=True)
def _no_mac_browser(request: pytest.FixtureRequest) -> None:
    from deploy.bootstrap import MAC_BROWSERS

    if any(Path(path).exists() for path in MAC_BROWSERS):
        pytest.skip("a browser outside PATH cannot be hidden from the run under test")


def test_on_a_desk_they_are_skipped_and_the_run_says_so_loudly(tmp_path):
    done = run_without_browser(tmp_path)
    assert done.returncode == 0
    assert "THE BROWSER TESTS DID NOT RUN" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout


def test_in_ci_they_fail_and_say_why(tmp_path):
    done = run_without_browser(tmp_path, CI="true")
    assert done.returncode == 1
    assert "CI=true and no Chromium or Chrome" in done.stdout
    assert "1 passed" in done.stdout
