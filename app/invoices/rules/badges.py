"""What a list says about an invoice in one ring and two or three words. Pure."""

from datetime import date

SOON = 3
"""Days before the due date from which a badge counts them."""


def badge(state: str, sent: bool, due: date, today: date, gone: str = "", seen: bool = False) -> tuple[str, str]:
    """(ring, words): the state, sharpened by how near the due date is and whether it was sent at all.

    `seen` says that the client opened the link of one that nobody is known to have sent.
    `gone` is what is said of a settled one that nobody paid: that it was credited or replaced.
    """
    if state == "paid" and gone:
        return "void", gone
    days = (due - today).days
    if state == "overdue":
        return "overdue", f"{-days} {'day' if days == -1 else 'days'} overdue"
    if state != "open":
        return state, _WORDS[state]
    if not sent:
        return ("sent", "Seen") if seen else ("open", "Not sent")
    if days > SOON:
        return "sent", "Sent"
    return "soon", {0: "Due today", 1: "Due tomorrow"}.get(days, f"Due in {days} days")


_WORDS = {"draft": "Draft", "paid": "Paid", "part_paid": "Part paid", "void": "Void", "written_off": "Written off"}
