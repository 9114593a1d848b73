"""A merged request in Open311: open and closed with the one that goes on, noted as DUPLICATE."""

import pytest

from gridgov.services import merging
from gridgov.services.effects import Given
from gridgov.storage import cases
from gridgov.web.instance import utc_now
from tests.web.edge import DISTRICT, Edge
from tests.web.open311 import Partner, partner
from tests.web.test_receipt_acts import dispatcher


@pytest.fixture(scope="module")
def app311(edge: Edge) -> Partner:
    """A partner with a key."""
    return partner(edge)


def case_id(edge: Edge, number: str):
    with edge.rows() as session:
        case = cases.by_number(session, DISTRICT, number)
        assert case is not None
        return case.id


def merged(edge: Edge, app311: Partner) -> tuple[str, str]:
    one, other = app311.report(), app311.report()
    by = dispatcher(edge)
    with edge.writing() as session:
        merging.merge(session, case_id(edge, one), case_id(edge, other), by=by, now=utc_now())
    return one, other


def test_it_is_open_while_the_other_is_and_closes_with_it(edge: Edge, app311: Partner) -> None:
    one, other = merged(edge, app311)
    found = app311.one(one)
    assert found["status"] == "open" and found["status_notes"].startswith("重复，并入 " + other)
    assert one in app311.numbers(status="open") and one not in app311.numbers(status="closed")
    worker, deputy = edge.staff("worker"), edge.staff("deputy")
    edge.done(worker, case_id(edge, other), "sign", "resolve")
    edge.done(deputy, case_id(edge, other), "check_pass")
    assert app311.one(one)["status"] == "closed"
    assert one in app311.numbers(status="closed") and one not in app311.numbers(status="open")


def test_the_step_is_told_as_a_duplicate_and_undone(edge: Edge, app311: Partner) -> None:
    one, _ = merged(edge, app311)
    updates = app311.get("servicerequestupdates.json").json
    assert "DUPLICATE" in {u["status"] for u in updates if u["service_request_id"] == one}
    by = dispatcher(edge)
    with edge.writing() as session:
        told = Given(text="不是同一处")
        merging.unmerge(session, case_id(edge, one), by=by, now=utc_now(), given=told)
    found = app311.one(one)
    assert found["status"] == "open" and "重复" not in found["status_notes"]


def test_a_request_merged_over_two_steps_follows_the_last(edge: Edge, app311: Partner) -> None:
    one, other = merged(edge, app311)
    third = app311.report()
    by = dispatcher(edge)
    with edge.writing() as session:
        merging.merge(session, case_id(edge, other), case_id(edge, third), by=by, now=utc_now())
    assert third in app311.one(one)["status_notes"]
    assert {one, other, third} <= set(app311.numbers(status="open"))
