"""`make screenshots` takes real pages, and the pictures that README shows are there."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from PIL import Image

from tests.support.live import ROOT, machine_environ

FOLDER = ROOT / "docs" / "screenshots"
MOST_BYTES = 150 * 1024


@pytest.mark.browser
def test_a_picture_is_taken_of_a_real_page(tmp_path):
    asked = ["customer", "--device", "phone", "--scheme", "dark", "--to", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "deploy.screenshots", *asked], cwd=ROOT, env=machine_environ(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["customer-phone-dark.png"]
    with Image.open(tmp_path / "customer-phone-dark.png") as picture:
        assert (picture.size, picture.mode) == ((720, 1480), "P")
        brightness = sorted(picture.convert("L").get_flattened_data())
    assert brightness[len(brightness) // 2] < 64, "most of a page in the dark is dark"
    assert brightness[-1] > 192, "and something is written on it"


def test_the_pictures_of_the_readme_are_there_light_and_dark():
    shown = re.findall(r'(?:srcset|src)="([^"]+)"', (ROOT / "README.md").read_text("utf-8"))
    assert len(shown) >= 6
    missing = [name for name in shown if not (ROOT / name).is_file()]
    assert not missing, f"{missing}: make screenshots"
    light = [name for name in shown if name.endswith("-light.png")]
    assert {name.replace("-light", "-dark") for name in light} | set(light) == set(shown)


def test_every_picture_is_small_and_comes_in_both_sizes_and_schemes():
    names = {file.name for file in FOLDER.glob("*.png")}
    heavy = [name for name in names if (FOLDER / name).stat().st_size > MOST_BYTES]
    assert not heavy, heavy
    pages = {found[1] for name in names if (found := re.fullmatch(r"(.+)-(?:desktop|phone)-(?:light|dark)\.png", name))}
    assert len(pages) >= 9
    views = [f"{size}-{scheme}" for size in ("desktop", "phone") for scheme in ("light", "dark")]
    assert names - {"pdf.png"} == {f"{page}-{view}.png" for page in pages for view in views}
