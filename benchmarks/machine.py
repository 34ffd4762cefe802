"""What was measured on: figures mean little without it."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.settings import ROOT

PACKAGES = ("flask", "werkzeug", "jinja2", "sqlalchemy", "psycopg", "granian", "xhtml2pdf", "reportlab")


def facts() -> dict[str, object]:
    """Processor, memory, kernel, versions, and the commit with a mark when files differ from it."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // (1024 * 1024),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "commit": _commit(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" with changes" if git("status", "--short") else "")
