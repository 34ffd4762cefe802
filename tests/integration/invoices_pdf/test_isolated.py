"""Drawing in a process that can be killed: same bytes, bounded time and memory, and a fresh start afterwards."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from app.invoices.pdf import BadDocument, RenderFailed, UndrawableError, content_key, isolated, render_isolated
from app.invoices.pdf.render import render
from tests.integration.invoices_pdf import sample_documents as samples


def _pid() -> int:
    pid = isolated._renderer.pid()
    assert pid is not None
    return pid


@pytest.mark.parametrize("name", ["part_paid", "arabic", "receipt"])
def test_two_processes_make_the_same_bytes(name):
    doc = samples.SAMPLES[name]()
    assert render_isolated(doc) == render(doc) == render(doc)


def test_one_warm_process_serves_many_threads():
    render_isolated(samples.invoice())
    pid = _pid()
    docs = [samples.invoice(number=f"INV-{n}") for n in range(6)]
    with ThreadPoolExecutor(6) as threads:
        drawn = list(threads.map(render_isolated, docs))
    assert drawn == [render(doc) for doc in docs]
    assert _pid() == pid


def test_a_document_that_takes_too_long_is_killed_in_time_and_the_next_one_is_drawn():
    render_isolated(samples.invoice())
    pid = _pid()
    started = time.monotonic()
    with pytest.raises(RenderFailed):
        render_isolated(samples.long_invoice(3000), timeout_s=0.5)
    assert time.monotonic() - started < 20
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert render_isolated(samples.invoice()) == render(samples.invoice())


def test_a_document_that_eats_memory_fails_alone():
    with pytest.raises(RenderFailed):
        render_isolated(samples.long_invoice(1500), memory_mb=64)
    assert render_isolated(samples.invoice()).startswith(b"%PDF-")


def test_a_process_that_died_in_between_is_replaced():
    render_isolated(samples.invoice())
    drawing = psutil.Process(_pid())
    drawing.kill()
    while drawing.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert render_isolated(samples.invoice()).startswith(b"%PDF-")


def test_the_drawing_process_inherits_no_settings(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not-for-the-printer")
    isolated.close()
    render_isolated(samples.invoice())
    with open(f"/proc/{_pid()}/environ", "rb") as environment:
        assert b"not-for-the-printer" not in environment.read()


def test_errors_come_across():
    with pytest.raises(BadDocument, match="paper"):
        render_isolated(samples.invoice(paper="a5"))
    with pytest.raises(UndrawableError):
        render_isolated(samples.invoice(notes="\U0001f381"), strict=True)


def test_a_fork_gets_a_process_of_its_own():
    before = render_isolated(samples.invoice())
    parents = _pid()
    pid = os.fork()
    if not pid:  # the fork: says what it saw by its exit code
        same = render_isolated(samples.invoice()) == before and _pid() != parents
        isolated.close()
        os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert _pid() == parents
    assert render_isolated(samples.invoice()) == before


def test_the_key_names_the_content():
    key = content_key(samples.invoice())
    reordered = dict(reversed(list(samples.invoice().items())))
    assert content_key(reordered) == key  # type: ignore[arg-type]
    assert content_key(samples.invoice(balance_minor=1)) != key
    assert len(key) == 64
