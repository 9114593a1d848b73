"""From when on a closing is hinted at: three numbers an administrator sets, used from then on."""

from datetime import datetime

from sqlalchemy import select

from gridgov.storage.setup import SetupChange
from tests.support.app import token_in
from tests.web.casework import ZONE, page
from tests.web.edge import Edge
from tests.web.reading import fields_of, words_of
from tests.web.test_closing import after, resolve, spot

HERE = "/admin/closing"
USUAL = {"far_m": "200", "quick_min": "10", "early_min": "5"}


def test_the_districts_own_numbers_decide_from_then_on(edge: Edge) -> None:
    admin = edge.staff("system_admin")
    shown = admin.get(HERE).text
    kept = {name: fields_of(shown)[name][0] for name in USUAL}
    assert kept == USUAL
    here = spot(edge)
    far = resolve(edge, after(here.lon, here.lat + 0.01, 61))
    assert "不是在现场拍的" in words_of(page(edge.staff("deputy"), far))

    form = {"csrf_token": token_in(shown), "far_m": "2000", "quick_min": "0", "early_min": "99999"}
    assert admin.post(HERE, data=form).status_code == 303
    said = words_of(admin.get(HERE).text)
    assert "规则已更改" in said
    assert "距现场米数: 200 → 2000; 办结分钟数: 10 → 0" in said, "from what to what stays there"
    now = f"{datetime.now(ZONE):%Y:%m:%d %H:%M:%S}"  # as the camera writes it
    near = resolve(edge, after(here.lon, here.lat + 0.01, 62, taken=now))
    assert "请仔细核查" not in words_of(page(edge.staff("deputy"), near))
    with edge.rows() as session:
        change = session.scalars(select(SetupChange).where(SetupChange.what == "closing")).one()
    assert change.by_person_id is not None
    assert admin.post(HERE, data={**form, **USUAL}).status_code == 303


def test_what_is_no_number_comes_back_with_a_sentence(edge: Edge) -> None:
    admin = edge.staff("system_admin")
    token = token_in(admin.get(HERE).text)
    for wrong in ("-1", "nan", "inf", "近", "", "1e9"):
        form = {**USUAL, "csrf_token": token, "far_m": wrong, "quick_min": "12"}
        answer = admin.post(HERE, data=form)
        assert answer.status_code == 400, wrong
        assert "请填 0 到" in words_of(answer.text)
        assert fields_of(answer.text)["quick_min"] == ["12"], "what was right stays typed"
    assert fields_of(admin.get(HERE).text)["quick_min"] == ["10"], "nothing was kept"


def test_others_do_not_change_it(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    assert supervisor.get(HERE).status_code == 403
    form = {**USUAL, "csrf_token": token_in(supervisor.get("/board").text)}
    assert supervisor.post(HERE, data=form).status_code == 403
