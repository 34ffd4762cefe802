"""Many workers at the same moment: processes of their own, each with an application and several threads.

Workers are forked from a server that has the application imported, so that a crowd gathers in half a second.
"""

from __future__ import annotations

import multiprocessing
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from config import Config
from tests.integration.races import calm

PATIENCE = 240  # seconds that a whole crowd may take
GATHERING = 120  # seconds for everybody to stand at the line
TWIN_TRIES = 12

Work = Callable[..., Any]


@dataclass(frozen=True)
class Outcome:
    """What became of one piece of work: what it returned, or the error it ended with."""

    value: Any = None
    error: str = ""


def all_at_once(
    config: Config, work: Work, pieces: Sequence[tuple[Any, ...]], *, processes: int = 4, disarm: Work | None = None
) -> list[Outcome]:
    """Do every piece of work at the same moment, spread over processes; `disarm` is called in each one first."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([calm.__name__, "app.rooms", "app.invoices.service", "app.payments.service"])
    line = context.Barrier(len(pieces))
    crowd = []
    for number in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        mine = pieces[number::processes]
        process = context.Process(target=_worker, args=(config, work, mine, line, theirs, disarm), daemon=True)
        process.start()
        theirs.close()
        crowd.append((process, ours))
    try:
        return [outcome for process, ours in crowd for outcome in _collect(process, ours)]
    finally:
        for process, ours in crowd:
            process.join(60)
            if process.is_alive():
                process.kill()
                process.join(60)
            ours.close()


def race_until_lost(run: Callable[[], None]) -> bool:
    """Whether a race without its lock breaks the promise; it may win by luck, but not twelve times."""
    for _ in range(TWIN_TRIES):
        try:
            run()
        except AssertionError:
            return True
    return False


def _collect(process: Any, ours: Any) -> list[Outcome]:
    if not ours.poll(PATIENCE):
        raise TimeoutError(f"{process.name} did not finish in {PATIENCE} s")
    try:
        outcomes: list[Outcome] = ours.recv()
    except EOFError:
        raise RuntimeError(f"{process.name} died before it could tell what happened") from None
    return outcomes


def _worker(
    config: Config, work: Work, pieces: Sequence[tuple[Any, ...]], line: Any, told: Any, disarm: Work | None
) -> None:
    from app import create_app
    from app.extensions import db

    if disarm is not None:
        disarm()
    app = create_app(config)
    outcomes = [Outcome(error="never began")] * len(pieces)

    def run(index: int) -> None:
        with app.app_context():
            try:
                db.session.connection()
                db.session.rollback()
                line.wait(GATHERING)
                outcomes[index] = Outcome(value=work(*pieces[index]))
            except Exception as error:
                last = traceback.extract_tb(error.__traceback__)[-1]
                outcomes[index] = Outcome(error=f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(pieces))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.send(outcomes)
    told.close()
    with app.app_context():
        db.engine.dispose()
