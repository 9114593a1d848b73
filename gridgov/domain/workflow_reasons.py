"""Reason codes: for some actions only one of a list is taken."""

from collections.abc import Mapping

from gridgov.domain.workflow_model import Action as _A

RETURN_REASONS = ("wrong_duty", "wrong_area", "too_little_known")
REJECT_REASONS = ("outside", "duplicate", "cannot_verify", "legal_proceedings", "no_request")
REFUTE_REASONS = ("not_so", "not_found")
NEIGHBOUR_REASONS = ("wrong_spot", "other_duty")
GRID_REASONS = ("grid_changed", "grid_change_undone")
ROSTER_REASONS = ("on_leave", "back_from_leave", "left_service", "declined_over")
SUSPEND_REASONS = ("building_work", "season", "ownership", "funds", "lawsuit")
VOID_REASONS = ("opened_in_error", "test_entry", "no_longer_there", "withdrawn_by_all")
SUPERVISE_REASONS = ("overdue", "far_overdue", "returned_twice", "repeated_complaint", "by_hand")
REASONS: Mapping[_A, tuple[str, ...]] = {
    _A.RETURN: RETURN_REASONS,
    _A.REJECT: REJECT_REASONS,
    _A.REFUTE: REFUTE_REASONS,
    _A.HAND_NEIGHBOUR: NEIGHBOUR_REASONS,
    _A.CHANGE_GRID: GRID_REASONS,
    _A.HAND_OVER: GRID_REASONS,
    _A.TAKE_BACK: GRID_REASONS,
    _A.RELIEVE: ROSTER_REASONS,
    _A.STAND_IN: ROSTER_REASONS,
    _A.ASK_SUSPENSION: SUSPEND_REASONS,
    _A.ASK_VOID: VOID_REASONS,
    _A.SUPERVISE: SUPERVISE_REASONS,
}
SATISFACTION = ("very_satisfied", "satisfied", "fair", "dissatisfied", "very_dissatisfied")
