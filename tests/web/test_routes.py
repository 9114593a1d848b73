"""Who may call what: every route says it, and what it says is true."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from gridgov.domain.roles import Role
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person
from gridgov.web.access import Access
from tests.support.app import token_in
from tests.web.edge import DISTRICT, Edge, picture
from tests.web.reading import words_of

W, H, D, S = Role.WORKER, Role.HANDLER, Role.DISPATCHER, Role.SUPERVISOR
OFFICE, SYSTEM, SECURITY, AUDIT = (
    Role.OFFICE,
    Role.SYSTEM_ADMIN,
    Role.SECURITY_ADMIN,
    Role.AUDIT_ADMIN,
)
CASES, FIGURES = {W, H, D, S, OFFICE}, {D, S, OFFICE}
STAFF = {*CASES, SYSTEM, SECURITY, AUDIT}

# Each route has a line here: who may call it. A new route without one fails the test.
TABLE: dict[str, str | set[Role]] = {
    "resident.home": "everybody",
    "resident.form": "everybody",
    "resident.send": "everybody",
    "resident.kept_photo": "everybody",
    "resident.recent_photo": "everybody",
    "resident.lookup": "everybody",
    "resident.privacy": "everybody",
    "resident.switch_language": "everybody",
    "resident.switch_elder": "everybody",
    "resident.receipt": "receipt",
    "resident.receipt_fragment": "receipt",
    "resident.rate": "receipt",
    "resident.more": "receipt",
    "resident.photo": "receipt",
    "resident.answer": "receipt",
    "resident.urge": "receipt",
    "resident.withdraw": "receipt",
    "resident.appeal": "receipt",
    "resident.spot": "receipt",
    "resident.correct_spot": "receipt",
    "resident.lost": "everybody",
    "resident.ask_for_code": "everybody",
    "desk.panel": {D},
    "desk.find": {D},
    "desk.export": {D},
    "desk.bulk_preview": {D},
    "desk.bulk_do": {D},
    "desk.approvals": {D, S},
    "desk.intake_form": {D},
    "desk.intake_send": {D},
    "desk.intake_taken": {D},
    "desk.answer": {D},
    "desk.answer_file": {D},
    "desk.split_form": {D},
    "desk.split_send": {D},
    "work.export_tasks": {W, H},
    "desk.export_approvals": {D, S},
    "roster.export": {*FIGURES, SYSTEM, H},
    "admin.export_people": {SYSTEM, SECURITY},
    "admin.export_units": {SYSTEM, SECURITY},
    "admin.export_classes": {SYSTEM, SECURITY},
    "admin.export_replies": {SYSTEM, SECURITY},
    "admin.export_calendar": {SYSTEM, SECURITY},
    "admin.export_keys": {SYSTEM, SECURITY},
    "admin.export_notices": {SYSTEM, SECURITY},
    "grids.export_versions": {SYSTEM, SECURITY},
    "grids.export_findings": {SYSTEM, SECURITY},
    "grids.export_borders": {SYSTEM, SECURITY, D, S, OFFICE},
    "publish.export_cases": {S, OFFICE},
    "admin.show_rules": {SYSTEM, SECURITY},
    "admin.set_rules": {SYSTEM},
    "admin.show_closing_rule": {SYSTEM, SECURITY},
    "admin.set_closing_rule": {SYSTEM},
    "board.export_cases": FIGURES,
    "board.export_behind": FIGURES,
    "board.export_stock": FIGURES,
    "board.export_lamp": FIGURES,
    "desk.receipts_by_phone": {D},
    "desk.find_receipts": {D},
    "security.login": "everybody",
    "security.logout": "staff",
    "staff.start": STAFF,
    "work.tasks": {W, H},
    "work.case": CASES,
    "work.act": CASES,
    "work.photo": CASES,
    "work.case_pdf_file": CASES,
    "work.supervision_order": CASES,
    "work.found_form": {W},
    "work.found_send": {W},
    "leave.show": {W, H},
    "leave.ask": {W, H},
    "leave.end": {W, H},
    "leave.take": {W, H},
    "leave.decline": {W, H},
    "roster.show": {*FIGURES, SYSTEM, H},
    "roster.decide": {*FIGURES, SYSTEM, H},
    "roster.ask_leave": {*FIGURES, SYSTEM, H},
    "roster.add_duty": {*FIGURES, SYSTEM, H},
    "roster.end_duty": {*FIGURES, SYSTEM, H},
    "roster.add_shift": {*FIGURES, SYSTEM, H},
    "roster.end_shift": {*FIGURES, SYSTEM, H},
    "desk.show": {D},
    "reports.show": FIGURES,
    "reports.make": FIGURES,
    "reports.one": FIGURES,
    "reports.word": FIGURES,
    "reports.excel": FIGURES,
    "reports.add_schedule": FIGURES,
    "reports.end_schedule": FIGURES,
    "board.wall": FIGURES,
    "board.analysis": FIGURES,
    "board.add_note": {D, S},
    "board.withdraw_note": FIGURES,
    "board.views": FIGURES,
    "board.save_view": FIGURES,
    "board.choose_view": FIGURES,
    "board.forget_view": FIGURES,
    "board.behind": FIGURES,
    "board.stock_cases": FIGURES,
    "board.lamp_cases": FIGURES,
    "board.indicators": FIGURES,
    "board.show": FIGURES,
    "board.changes": FIGURES,
    "board.cases": FIGURES,
    "admin.overview": {SYSTEM, SECURITY},
    "admin.list_keys": {SYSTEM, SECURITY},
    "admin.create_key": {SYSTEM},
    "admin.revoke_key": {SYSTEM},
    "admin.list_people": {SYSTEM, SECURITY},
    "admin.one_person": {SYSTEM, SECURITY},
    "admin.change_person": {SYSTEM},
    "admin.set_active": {SYSTEM},
    "admin.new_link": {SYSTEM},
    "admin.list_units": {SYSTEM, SECURITY},
    "admin.one_unit": {SYSTEM, SECURITY},
    "admin.change_unit": {SYSTEM},
    "admin.list_classes": {SYSTEM, SECURITY},
    "admin.one_class": {SYSTEM, SECURITY},
    "admin.usual_limits": {SYSTEM, SECURITY},
    "admin.change_usual_limits": {SYSTEM},
    "admin.change_class": {SYSTEM},
    "admin.show_replies": {SYSTEM, SECURITY},
    "admin.set_replies": {SYSTEM},
    "admin.table_template": {SYSTEM},
    "admin.table_import": {SYSTEM},
    "admin.table_upload": {SYSTEM},
    "admin.table_plan": {SYSTEM},
    "admin.table_run": {SYSTEM},
    "admin.show_calendar": {SYSTEM, SECURITY},
    "admin.show_pack": {SYSTEM, SECURITY},
    "admin.pack_file": {SYSTEM},
    "admin.show_workflow": {SYSTEM, SECURITY},
    "staff.own_password": STAFF,
    "staff.change_password": STAFF,
    "staff.welcome": "everybody",
    "staff.choose_password": "everybody",
    "grids.versions": {SYSTEM, SECURITY},
    "grids.new_draft": {SYSTEM},
    "grids.discard": {SYSTEM},
    "grids.set_outside": {SYSTEM},
    "grids.export": {SYSTEM, SECURITY},
    "grids.import_start": {SYSTEM},
    "grids.import_upload": {SYSTEM},
    "grids.import_tell": {SYSTEM},
    "grids.import_make": {SYSTEM},
    "grids.import_drop": {SYSTEM},
    "grids.editor": {SYSTEM, SECURITY},
    "grids.areas_geojson": {SYSTEM, SECURITY},
    "grids.split_grid": {SYSTEM},
    "grids.merge_grids": {SYSTEM},
    "grids.draw_professional": {SYSTEM},
    "grids.rename_area": {SYSTEM},
    "grids.remove_area": {SYSTEM},
    "grids.undo_step": {SYSTEM},
    "grids.checks": {SYSTEM, SECURITY},
    "grids.findings": {SYSTEM, SECURITY},
    "grids.repair": {SYSTEM},
    "grids.undo_repair": {SYSTEM},
    "grids.plan_duties": {SYSTEM},
    "grids.borders": {SYSTEM, SECURITY, D, S, OFFICE},
    "grids.rehearsal": {SYSTEM, SECURITY},
    "grids.rehearsal_points": {SYSTEM, SECURITY},
    "grids.rehearsal_xlsx": {SYSTEM, SECURITY},
    "grids.rehearsal_csv": {SYSTEM, SECURITY},
    "grids.activation": {SYSTEM, SECURITY},
    "grids.activate": {SYSTEM},
    "grids.undo_activation": {SYSTEM},
    "api_docs.openapi": "everybody",
    "api_docs.page": "everybody",
    "api.create_report": "everybody",
    "api.list_reports": "program",
    "api.one_report": "program",
    "api.answer_question": "program",
    "api.withdraw_report": "program",
    "api.list_cases": "program",
    "api.one_case": "program",
    "api.case_history": "program",
    "api.hints": "everybody",
    "api.locate": "everybody",
    "api.nearby": "everybody",
    "api.search_areas": "everybody",
    "api.one_area": "everybody",
    "api.areas_geojson": "everybody",
    "api.list_categories": "everybody",
    "api.board_figures": "program",
    "api.list_facts": "program",
    "open311.discovery": "everybody",
    "open311.services": "everybody",
    "open311.service_definition": "everybody",
    "open311.requests": "everybody",
    "open311.one_request": "everybody",
    "open311.token": "everybody",
    "open311.updates": "everybody",
    "open311.create_request": "program",
    "open311.create_update": "program",
    "open.index": "everybody",
    "open.communities": "everybody",
    "open.community": "everybody",
    "open.picture": "everybody",
    "open.data": "everybody",
    "open.dictionary": "everybody",
    "open.download": "everybody",
    "publish.show": {S, OFFICE},
    "publish.announce": {S, OFFICE},
    "publish.withdraw": {S, OFFICE},
    "publish.rules": {S, OFFICE},
    "publish.set_rules": {S, OFFICE},
    "publish.withdraw_month": {S, OFFICE},
    "publish.cases": {S, OFFICE},
    "publish.case": {S, OFFICE},
    "publish.release": {S, OFFICE},
    "publish.withdraw_release": {S, OFFICE},
    "notices.worker": "everybody",
    "notices.mine": STAFF,
    "notices.save_mine": STAFF,
    "notices.add_browser": STAFF,
    "notices.forget_browser": STAFF,
    "notices.test_mine": STAFF,
    "admin.list_notices": {SYSTEM, SECURITY},
    "admin.retry_notice": {SYSTEM},
    "admin.add_hook": {SYSTEM},
    "admin.remove_hook": {SYSTEM},
    "admin.test_notice": {SYSTEM},
    "resident.tell_browser": "receipt",
    "resident.forget_browser": "receipt",
    "health.alive": "everybody",
    "health.ready": "everybody",
}
LISTS = ("people", "units", "catalogue", "replies", "calendar", "keys", "notices")
LISTS += ("grids/export", "grids/1/checks")
# Pages that need no case; an answer below 400 shows that the role was let in.
PAGES = {
    "/staff": STAFF,
    "/work": {W, H},
    "/work/found": {W},
    "/work/leave": {W, H},
    "/desk": {D},
    "/desk/receipts": {D},
    "/desk/approvals": {D, S},
    "/desk/approvals.xlsx": {D, S},
    **dict.fromkeys((f"/admin/{name}.xlsx" for name in LISTS), {SYSTEM, SECURITY}),
    "/admin/grids/borders.xlsx": {SYSTEM, SECURITY, D, S, OFFICE},
    "/admin/publish/cases.xlsx": {S, OFFICE},
    "/board": FIGURES,
    "/board/wall": FIGURES,
    "/board/cases?figure=open": FIGURES,
    "/board/changes": FIGURES,
    "/board/analysis": FIGURES,
    "/board/views": FIGURES,
    "/api/v1/board": FIGURES,
    "/api/v1/facts?from=2026-11-01&to=2026-11-02": FIGURES,
    "/api/v1/cases": CASES,
    "/admin/keys": {SYSTEM, SECURITY},
    "/admin/people": {SYSTEM, SECURITY},
    "/admin/units": {SYSTEM, SECURITY},
    "/admin/units/CG": {SYSTEM, SECURITY},
    "/admin/catalogue": {SYSTEM, SECURITY},
    "/admin/catalogue/0101": {SYSTEM, SECURITY},
    "/admin/replies": {SYSTEM, SECURITY},
    "/admin/calendar": {SYSTEM, SECURITY},
    "/admin/rules": {SYSTEM, SECURITY},
    "/admin/closing": {SYSTEM, SECURITY},
    "/admin/pack": {SYSTEM, SECURITY},
    "/admin/pack.json": {SYSTEM},
    "/admin/workflow": {SYSTEM, SECURITY},
    "/admin/import/people": {SYSTEM},
    "/admin/template/people.xlsx": {SYSTEM},
    "/account/password": STAFF,
    "/admin/grids": {SYSTEM, SECURITY},
    "/admin/grids/1/export?format=kml": {SYSTEM, SECURITY},
    "/admin/grids/import": {SYSTEM},
    "/admin/grids/1": {SYSTEM, SECURITY},
    "/admin/grids/1/areas.geojson?kind=village": {SYSTEM, SECURITY},
    "/admin/grids/1/checks": {SYSTEM, SECURITY},
    "/admin/grids/1/findings.geojson": {SYSTEM, SECURITY},
    "/admin/grids/borders": {SYSTEM, SECURITY, D, S, OFFICE},
    "/admin/grids/1/activation": {SYSTEM, SECURITY},
    "/admin/notices": {SYSTEM, SECURITY},
    "/account/notices": STAFF,
    "/admin": {SYSTEM, SECURITY},
    "/admin/publish": {S, OFFICE},
    "/admin/publish/cases": {S, OFFICE},
    "/admin/publish/rules": {S, OFFICE},
}
EXTRA = (OFFICE, SECURITY, AUDIT)  # roles the sample has no login for
LOGINS = {W: "worker", H: "handler", D: "dispatcher", S: "supervisor", SYSTEM: "system_admin"}


@pytest.fixture(scope="module")
def by_role(edge: Edge) -> dict[Role, FlaskClient]:
    """A signed-in browser of each role, with that role alone."""
    with edge.writing() as session:
        for role in EXTRA:
            person = Person(
                id=new_id(),
                district_code=DISTRICT,
                username=f"only{role}".replace("_", ""),
                name="试",
            )
            session.add(person)
            session.flush()
            session.add(GrantRow(person_id=person.id, role=str(role), area_code=DISTRICT))
    browsers = {role: edge.staff(login) for role, login in LOGINS.items()}
    extra = {role: edge.colleague(f"only{role}".replace("_", "")) for role in EXTRA}
    return browsers | extra


def endpoints(edge: Edge) -> Iterator[tuple[str, Any]]:
    for name, view in edge.app.view_functions.items():
        if name != "static":
            yield name, view


def test_every_route_says_who_may_call_it_and_over_what(edge: Edge) -> None:
    silent = [name for name, view in endpoints(edge) if not hasattr(view, "access")]
    assert not silent, "these routes declare no access"
    for name, view in endpoints(edge):
        access: Access = view.access
        assert access.who in {"everybody", "receipt", "staff", "program"}, name
        assert len(access.area) > 10, f"{name} does not say over which area"
        assert access.roles or access.who == "everybody" or name == "security.logout", name


def test_the_table_of_this_test_has_a_line_for_each_route(edge: Edge) -> None:
    assert {name for name, _ in endpoints(edge)} == set(TABLE)
    for name, view in endpoints(edge):
        wanted, access = TABLE[name], view.access
        said = access.roles if isinstance(wanted, set) else access.who
        assert said == wanted, name
    board: Access = edge.app.view_functions["api.board_figures"].access
    assert (board.roles, board.scope) == (FIGURES, "board:read")


def test_each_role_opens_its_own_pages_and_no_others(
    edge: Edge, by_role: dict[Role, FlaskClient]
) -> None:
    for path, roles in PAGES.items():
        for role, browser in by_role.items():
            answer = browser.get(path)
            if role in roles:
                assert answer.status_code < 400, (role, path)
            else:
                assert answer.status_code == 403, (role, path)
                if not path.startswith("/api"):
                    assert "您不能做这个操作" in words_of(answer.text)


def test_only_the_system_administrator_makes_and_revokes_keys(
    edge: Edge, by_role: dict[Role, FlaskClient]
) -> None:
    for role, browser in by_role.items():
        token = token_in(browser.get("/staff", follow_redirects=True).text)
        for path in ("/admin/keys", f"/admin/keys/{uuid4()}/revoke"):
            answer = browser.post(path, data={"csrf_token": token})
            wanted = {400, 404} if role is SYSTEM else {403}
            assert answer.status_code in wanted, (role, path)


def test_a_case_is_shown_to_those_the_policy_names(
    edge: Edge, by_role: dict[Role, FlaskClient]
) -> None:
    code = edge.report(photos=[picture()])
    case_id, photo_id = edge.case(code).id, edge.photos(code)[0].id
    wanted = {W: 200, D: 200, S: 200, OFFICE: 200, H: 404, SYSTEM: 403, SECURITY: 403, AUDIT: 403}
    for path in (f"/work/cases/{case_id}", f"/work/photos/{photo_id}/thumb.jpg"):
        seen = {role: browser.get(path).status_code for role, browser in by_role.items()}
        assert seen == wanted, path
