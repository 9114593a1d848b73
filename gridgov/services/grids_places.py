"""Whose duty a case is in the net of today, when it was routed in that of another day."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from sqlalchemy.orm import Session

from gridgov.domain.handover import DutyPlace, NewNet
from gridgov.services import grids_lineage
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case


def now(session: Session, case: Case, reference: Reference) -> DutyPlace | None:
    """Return the place a case's duty moved to meanwhile, None where it is what it was."""
    net = reference.net
    if case.duty.version == net.version:
        return None
    steps = grids_lineage.steps(session, case.district_code, case.duty.version, net.version)
    found = places_in(NewNet(net, chain.from_iterable(steps)), [case], reference)
    return found[0][1] if found else None


def places_in(
    net: NewNet, cases: Sequence[Case], reference: Reference
) -> list[tuple[Case, DutyPlace]]:
    """Return the cases whose duty moves when a net comes, each with the place it moves to."""
    placed = [case for case in cases if case.lon is not None and case.lat is not None]
    found = net.net.place_many(
        np.array([case.lon for case in placed], np.float64),
        np.array([case.lat for case in placed], np.float64),
        categories=[case.category_code for case in placed],
        settings=reference.routing,
    )
    codes = (*found.codes, None)  # the last one is -1: nowhere
    at = {
        case.id: (codes[area], codes[grid])
        for case, area, grid in zip(placed, found.area.tolist(), found.grid.tolist(), strict=True)
    }
    moves = []
    for case in cases:
        place = net.place_of(case.duty, *at.get(case.id, (None, None)))
        if place is not None:
            moves.append((case, place))
    return moves
