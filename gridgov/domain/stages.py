"""The stages of a case and their limits: category × urgency × stage (domain.md 2.3, 4.3)."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import Limit, LimitUnit
from gridgov.domain.stage_limits import NOTHING, SEVERITIES, Allowed
from gridgov.domain.workflow import CaseState


class Stage(StrEnum):
    """What a limit is for, on the way of a case."""

    ACCEPT = "accept"  # 受理
    INFO = "info"  # 补充: how long the reporter is waited for
    VERIFY = "verify"  # 核实
    DISPATCH = "dispatch"  # 派遣
    SIGN = "sign"  # 签收
    HANDLE = "handle"  # 处置
    CHECK = "check"  # 核查
    RULING = "ruling"  # 裁定
    APPEAL = "appeal"  # 申诉
    RECORD = "record"  # 立案补录 of an emergency


# The stage whose limit starts when a case comes to a state.
STAGE_OF: Mapping[CaseState, Stage] = {
    CaseState.SUBMITTED: Stage.ACCEPT,
    CaseState.VERIFYING: Stage.VERIFY,
    CaseState.REGISTERED: Stage.DISPATCH,
    CaseState.DISPATCHED: Stage.SIGN,
    CaseState.RESOLVED: Stage.CHECK,
}

_WH, _WD, _NH = LimitUnit.WORKING_HOUR, LimitUnit.WORKING_DAY, LimitUnit.NATURAL_HOUR
URGENT = 3  # from this severity on limits run at night and on holidays as well

_USUAL: Mapping[Stage, Limit] = {
    Stage.INFO: Limit(3, _WD),
    Stage.VERIFY: Limit(2, _WH),
    Stage.DISPATCH: Limit(1, _WH),
    Stage.CHECK: Limit(1, _WD),
    Stage.RULING: Limit(4, _WH),
    Stage.APPEAL: Limit(5, _WD),
    Stage.RECORD: Limit(2, _NH),
}
_URGENT: Mapping[Stage, Limit] = {
    Stage.VERIFY: Limit(0.5, _NH),
    Stage.DISPATCH: Limit(0.25, _NH),
    Stage.CHECK: Limit(4, _NH),
    Stage.RULING: Limit(1, _NH),
}


_NATURAL = {LimitUnit.WORKING_HOUR: _NH, LimitUnit.WORKING_DAY: LimitUnit.NATURAL_DAY}


def in_force(limit: Limit, severity: int, natural_from: int | None) -> Limit:
    """Return a limit as it counts for a severity: by night and on holidays too from one on.

    A working hour is an hour then, and a working day a day. None never does so.
    """
    if natural_from is None or severity < natural_from:
        return limit
    return Limit(limit.amount, _NATURAL.get(limit.unit, limit.unit))


def as_it_counts(category: Category, natural_from: int | None) -> Category:
    """Return a class with its limits as they count for its usual severity: what pages say.

    For every other severity they count as before.
    """
    counted = {
        stage: {at: limit_of(category, stage, at, natural_from) for at in SEVERITIES}
        for stage in (Stage.ACCEPT, Stage.HANDLE)
    }
    accept, handle = (limits[category.severity] for limits in counted.values())
    if (accept, handle) == (category.accept_limit, category.handle_limit):
        return category
    single = {str(stage): Allowed(None, limits) for stage, limits in counted.items()}
    return replace(
        category,
        accept_limit=accept,
        handle_limit=handle,
        stage_limits={**category.stage_limits, **single},
    )


def limit_of(
    category: Category, stage: Stage, severity: int, natural_from: int | None = None
) -> Limit:
    """Return the limit of a stage: the category's own, else the usual one of its urgency.

    What the category says of the severity comes before what it says of them all. To accept
    and to sign share the catalogue's A limit, to handle is its X limit. From the severity
    `natural_from` on limits run by night and on holidays as well.
    """
    return in_force(_limit_of(category, stage, severity), severity, natural_from)


def _limit_of(category: Category, stage: Stage, severity: int) -> Limit:
    own = category.stage_limits.get(str(stage), NOTHING).at(severity)
    if own is not None:
        return own
    if stage is Stage.SIGN:
        return _limit_of(category, Stage.ACCEPT, severity)
    if stage is Stage.ACCEPT:
        return category.accept_limit
    if stage is Stage.HANDLE:
        return category.handle_limit
    return usual_of(stage, severity)


def usual_of(stage: Stage, severity: int) -> Limit:
    """Return the limit of a stage where nobody says another; not of those a class must have."""
    urgent = _URGENT.get(stage) if severity >= URGENT else None
    return urgent or _USUAL[stage]
