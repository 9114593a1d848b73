"""What the log may say: the kinds of committed facts."""

from enum import StrEnum

# What a message's `origin` says of history from elsewhere: counted, but news to nobody.
IMPORTED = "import"


class MessageKind(StrEnum):
    """Kinds of message. Every consumer must know each of them (tested)."""

    CASE_OPENED = "case.opened"
    CASE_MOVED = "case.moved"
    CASE_NOTED = "case.noted"
    CASE_OVERDUE = "case.overdue"
    CASE_DUE = "case.due"  # somebody's time to act is up; nothing about the case has changed
    GRIDS_VACANT = "grids.vacant"  # grids that have nobody since now, each told once
    LEAVE_NOTED = "leave.noted"  # a leave was asked for, decided, begun or is over
    MORNING = "board.morning"  # the figures of the morning, for the people who asked for them
    REPORT_MADE = "report.made"  # the report of a period is there, for the people who asked for it
    GRIDS_ACTIVATED = "grids.activated"
