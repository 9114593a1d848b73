"""Rules of the district: an administrator switches them, and they hold from then on."""

from gridgov.services import reference as references
from tests.support.app import token_in
from tests.web.edge import DISTRICT, Edge
from tests.web.reading import fields_of, words_of

HERE = "/admin/rules"
STORM = {"reports": "4", "minutes": "20", "radius_m": "150", "lasts_hours": "6"}


def test_what_is_switched_holds_in_every_process_and_stays_on_record(edge_on_both: Edge) -> None:
    admin = edge_on_both.staff("system_admin")
    shown = admin.get(HERE).text
    assert fields_of(shown)["reports"] == ["8"]
    form = {"csrf_token": token_in(shown), "ladder": "1", "natural_from": "4", **STORM}
    assert admin.post(HERE, data=form).status_code == 303
    with edge_on_both.rows() as session:
        found = references.of(session, DISTRICT)
        assert (found.ladder, found.storm.reports, found.storm.radius_m) == (True, 4, 150.0)
        settings = references.districts.get(session, DISTRICT).settings
        assert settings["natural_from"] == 4
        assert settings["timers_filled"] is False  # the next sweep plans what comes due anew
    said = words_of(admin.get(HERE).text)
    assert "规则已更改" in said
    assert "至少上报数: 8 → 4" in said
    assert admin.post(HERE, data={**form, "ladder": "", "natural_from": ""}).status_code == 303
    with edge_on_both.rows() as session:
        assert references.of(session, DISTRICT).ladder is False
        assert references.districts.get(session, DISTRICT).settings["natural_from"] is None


def test_what_cannot_be_comes_back_with_a_sentence_and_all_that_was_typed(edge: Edge) -> None:
    admin = edge.staff("system_admin")
    token = token_in(admin.get(HERE).text)
    for name, wrong in (
        *(("reports", text) for text in ("1", "2.5", "x", "")),
        *(("minutes", text) for text in ("0", "nan", "inf", "-3", "1e9")),
        *(("natural_from", text) for text in ("5", "0", "x", "²")),
    ):
        form = {"csrf_token": token, **STORM, "natural_from": "2", name: wrong}
        answer = admin.post(HERE, data=form)
        assert answer.status_code == 400, (name, wrong)
        assert fields_of(answer.text)["lasts_hours"] == ["6"]
    assert fields_of(admin.get(HERE).text)["lasts_hours"] == ["12"], "nothing was kept"


def test_others_do_not_change_it(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    assert supervisor.get(HERE).status_code == 403
    form = {**STORM, "csrf_token": token_in(supervisor.get("/board").text)}
    assert supervisor.post(HERE, data=form).status_code == 403
