"""What could not run says so where nobody overlooks it: after the last line of the tests, not only as an `s`."""

from __future__ import annotations

from _pytest.terminal import TerminalReporter

MARK = "NOT RUN: "


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """List each reason of a skip that begins with the mark, once, with how many tests it kept from running."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        text = str(report.longrepr)
        if MARK in text:
            reason = text.split(MARK, 1)[1].rstrip("')")
            reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in reasons.items():
        terminalreporter.write_sep("!", f"{count} TESTS DID NOT RUN", red=True, bold=True)
        terminalreporter.write_line(reason, red=True)
