"""The chronicle of a year as a file, and what differs from it in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.integration.billing.year.chronicle import Section

FOLDER = Path(__file__).resolve().parents[3] / "golden"
HEAD = """\
A year of {count} subscriptions, month by month, as tests/integration/billing/year/ plays it. Amounts in major units.
Made by: {command}
"""
COMMAND = "WRITE_GOLDEN=1 .venv/bin/python -m pytest -q tests/integration/billing/year"
SHOWN = 40
"""How many differences are told."""


def path_of(count: int) -> Path:
    return FOLDER / f"a_year_of_{count}_subscriptions.txt"


def write(count: int, sections: Sequence[Section]) -> None:
    """Keep a chronicle as what is expected from now on."""
    head = HEAD.format(count=count, command=COMMAND)
    parts = [f"\n== {title}\n" + "".join(f"{line}\n" for line in lines) for title, lines in sections]
    path_of(count).write_text(head + "".join(parts), encoding="utf-8")


def against(count: int, found: Sequence[Section]) -> list[str]:
    """What differs from the chronicle that is expected, in words. Of a size that was never written down nothing is."""
    return differences(read(count), found) if path_of(count).exists() else []


def read(count: int) -> list[Section]:
    """The chronicle that is expected."""
    sections: list[Section] = []
    for line in path_of(count).read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            sections.append((line.removeprefix("== "), []))
        elif sections and line:
            sections[-1][1].append(line)
    return sections


def differences(expected: Sequence[Section], found: Sequence[Section]) -> list[str]:
    """What differs, in words; nothing where the two are the same."""
    meant, now = dict(expected), dict(found)
    told = [f"{title}: this part is gone." for title in meant if title not in now]
    told += [f"{title}: this part is new." for title in now if title not in meant]
    for title in now:
        if title in meant:
            told += [f"{title}: {words}" for words in _within(meant[title], now[title])]
    return told[:SHOWN] + ([f"... and {len(told) - SHOWN} more."] if len(told) > SHOWN else [])


def _within(meant: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    """Lines of one part: a figure that changed, and what happened that should not have, or the other way round."""
    gone, come = list((Counter(meant) - Counter(now)).elements()), list((Counter(now) - Counter(meant)).elements())
    figures = {label: value for label, value in map(_figure, come) if label}
    for line in gone:
        label, value = _figure(line)
        if label and label in figures:
            yield f"{label} should be {value}, and is {figures.pop(label)}."
        else:
            yield f"“{line}” should be there, and is not."
    for line in come:
        if (label := _figure(line)[0]) == "" or label in figures:
            yield f"“{line}” should not be there."
    if not (gone or come) and list(meant) != list(now):
        yield "the same lines, in another order."


def _figure(line: str) -> tuple[str, str]:
    """(what is counted, how much); no label for what happened on a day, which stands for itself."""
    label, mark, value = line.partition(": ")
    return (label, value) if mark and not line[:2].isdigit() else ("", line)
