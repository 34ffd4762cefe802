"""Which Python `make bench` measures with."""

import sys

import pytest

from deploy import bench_run


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
    monkeypatch.setattr(bench_run, "seconds", taken.__getitem__)
    monkeypatch.setattr(bench_run, "_others", lambda: iter(others))
    assert bench_run.fastest() == (sys.executable if chosen == "own" else chosen)


def test_this_python_tells_how_fast_it_is_and_no_python_tells_nothing(tmp_path):
    assert 0 < (bench_run.seconds(sys.executable) or 0) < 30
    assert bench_run.seconds(str(tmp_path / "python3")) is None
