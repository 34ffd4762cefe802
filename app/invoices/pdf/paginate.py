"""Cuts rows into pages before the layout engine sees them, so that carried totals and page numbers can be printed."""

from collections.abc import Sequence

HEAD, CARRY = 15.0, 25.0
"""Height of the table's head, and of a row that brings a total forward or carries it on, in points."""


def paginate(
    heights: Sequence[float], first: float, more: float, closing: float, carry: float = CARRY
) -> list[tuple[int, int]]:
    """Pages as (start, stop) into the rows.

    `first` and `more` are the room on the first and on a further page, `closing` the height of what follows the rows.
    Two rows stay above the totals, where there are two.
    """
    total, rows = sum(heights), len(heights)
    if HEAD + total + closing <= first:
        return [(0, rows)]
    pages: list[tuple[int, int]] = []
    start, room = 0, first
    while start < rows:
        used = HEAD + (carry if pages else 0)
        if used + sum(heights[start:]) + closing <= room:
            if pages and rows - start == 1:
                start = _borrow_one(heights, pages, used, room - closing)
            return [*pages, (start, rows)]
        stop = start
        while stop < rows and used + heights[stop] + carry <= room:
            used += heights[stop]
            stop += 1
        if stop >= rows:  # the rows fit and the totals do not: the last rows go along
            stop = rows - 2
        stop = max(stop, start + 1)
        pages.append((start, stop))
        start, room = stop, more
    return [*pages, (rows, rows)]  # what follows the rows is taller than the room beside the last one


def _borrow_one(heights: Sequence[float], pages: list[tuple[int, int]], used: float, room: float) -> int:
    """Where the last page starts once a single last row has company, if the page before can spare it."""
    start, stop = pages[-1]
    if stop - start > 2 and used + sum(heights[stop - 1 :]) <= room:
        pages[-1] = (start, stop - 1)
        return stop - 1
    return stop
