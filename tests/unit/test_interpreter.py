"""Which Python `.venv` is made with."""

import sys

import pytest

from deploy import interpreter


@pytest.mark.parametrize(
    ("own", "others", "chosen"),
    [
        (1.0, {}, "own"),
        (1.0, {"/other": 0.6}, "/other"),
        (1.0, {"/other": 0.95}, "own"),
        (1.0, {"/old": None, "/other": 0.7, "/fast": 0.6}, "/fast"),
    ],
)
def test_another_python_is_taken_when_it_is_clearly_faster(monkeypatch, own, others, chosen):
    taken = {sys.executable: own, **others}
    monkeypatch.setattr(interpreter, "seconds", taken.__getitem__)
    monkeypatch.setattr(interpreter, "_others", lambda: iter(others))
    assert interpreter.fastest() == (sys.executable if chosen == "own" else chosen)


def test_this_python_tells_how_fast_it_is_and_no_python_tells_nothing(tmp_path):
    assert 0 < (interpreter.seconds(sys.executable) or 0) < 30
    assert interpreter.seconds(str(tmp_path / "python3")) is None
