"""The dispatcher's hands on a case: dispatching, rejecting, transferring, and the lists."""

import re

from gridgov.services.history import verify
from tests.web.casework import WORDS_ONLY, listed, offered, page, returned, tab
from tests.web.edge import DISTRICT, GRID, Edge, picture
from tests.web.reading import fields_of, links_of, words_of


def test_the_dispatcher_gives_a_case_to_a_unit_or_a_person(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = returned(edge)
    html = page(desk, case_id)
    others = {"ask_info", "ask_void", "hand_neighbour", "urge", "supervise", *WORDS_ONLY}
    others |= {"merge", "correct_spot"}
    assert offered(html, case_id) == {"dispatch", "reject", "transfer", *others}
    for target in ("unit:CG", "unit:T440608004", f"unit:V{GRID[:12]}", "lead"):
        assert f'value="{target}"' in html
    assert 'value="unit:T440608106"' not in html, "no office of another town"
    for form, sentence in (({}, "请选派给谁"), ({"target": "unit:NONE"}, "请从列表里选")):
        answer = edge.act(desk, case_id, "dispatch", **form)
        assert (answer.status_code, sentence in words_of(answer.text)) == (400, True)
    answer = edge.act(desk, case_id, "dispatch", target="unit:CG", text="请尽快")
    assert answer.headers["Location"] == f"/work/cases/{case_id}", "the dispatcher stays"
    assert (edge.case(code).state, edge.case(code).unit_code) == ("dispatched", "CG")
    assert "城市管理" in words_of(page(desk, case_id))
    again = edge.act(desk, case_id, "dispatch", target="lead")
    assert again.status_code == 303
    assert case_id in tab(edge.staff("worker"), "sign")


def test_the_dispatcher_rejects_with_a_reason_the_resident_reads(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = returned(edge)
    empty = edge.act(desk, case_id, "reject", text="不在本区")
    assert (empty.status_code, "请选一个理由" in words_of(empty.text)) == (400, True)
    assert "不在本区" in fields_of(empty.text)["text"]
    given = {"reason": "outside", "text": "不在本区，请打邻区 12345"}
    assert edge.act(desk, case_id, "reject", **given).status_code == 303
    assert edge.case(code).state == "rejected"
    assert given["text"] in words_of(edge.visitor().get(f"/r/{code}").text)
    assert offered(page(desk, case_id), case_id) == set()


def test_transferring_needs_the_number_of_the_other_side_or_its_stamp(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = returned(edge)
    said = "对方受理编号与盖章单据的照片，两者至少提供一项"
    assert said in words_of(page(desk, case_id)), "said before anything is sent"
    answer = edge.act(desk, case_id, "transfer", target="区法院", text="已起诉")
    assert answer.status_code == 400 and words_of(answer.text).count(said) == 2
    assert "区法院" in fields_of(answer.text)["target"]
    given = {"target": "区法院", "text": "已起诉", "receipt": "2026-0117"}
    assert edge.act(desk, case_id, "transfer", **given).status_code == 303
    assert edge.case(code).state == "transferred" and edge.photos(code) == []


def test_a_photo_of_the_stamped_paper_is_proof_enough_and_for_staff_only(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = returned(edge)
    given = {"target": "区法院", "text": "已起诉", "photo": picture(31)}
    answer = edge.act(desk, case_id, "transfer", **given)
    assert answer.status_code == 303, words_of(answer.text)
    assert edge.case(code).state == "transferred"
    (proof,) = edge.photos(code)
    assert proof.purpose == "proof"
    html = page(desk, case_id)
    assert "移交凭证" in html and f"/photos/{proof.id}/thumb.jpg" in html
    assert "附盖章单据的照片" in words_of(html) and "区法院：已起诉" not in words_of(html)
    address = f"/work/photos/{proof.id}/full.jpg"
    assert desk.get(address).status_code == 200
    assert edge.staff("handler").get(address).status_code == 404, "not every member of staff"
    pdf = desk.get(f"/work/cases/{case_id}/case.pdf").data
    assert pdf.count(b"/Subtype /Image") == 1
    told = edge.visitor().get(f"/r/{code}").text
    assert str(proof.id) not in told and "区法院" in words_of(told)
    assert edge.visitor().get(f"/r/{code}/photos/{proof.id}/full.jpg").status_code == 404
    with edge.rows() as session:
        _checked, damage = verify(session, DISTRICT)
    assert damage is None, "the picture is sealed with its line"


def test_the_desk_counts_what_it_lists(edge: Edge) -> None:
    returned(edge)
    for role in ("dispatcher", "town_dispatcher"):
        desk = edge.staff(role)
        links = links_of(desk.get("/desk").text)
        said = {at: int(number[0]) for at, words in links if (number := re.search(r"\d+$", words))}
        for name in ("to_dispatch", "returned", "open", "overdue"):
            cases = listed(desk.get(f"/desk?tab={name}").text)
            assert len(cases) == said[f"/desk?tab={name}"], (role, name)


def test_a_towns_dispatcher_reaches_the_own_town_only(edge: Edge) -> None:
    desk = edge.staff("town_dispatcher")
    elsewhere = next(c for c in sorted(edge.reference().landmarks) if c.startswith("440608108"))
    there, here = edge.report(elsewhere), edge.report()
    assert edge.case(here).id in listed(desk.get("/desk?tab=open").text)
    assert edge.case(there).id not in listed(desk.get("/desk?tab=open").text)
    assert desk.get(f"/work/cases/{edge.case(there).id}").status_code == 404
    secret = edge.case(edge.report(category="0505", text="倒废液")).id
    assert desk.get(f"/work/cases/{secret}").status_code == 404
    assert secret not in listed(desk.get("/desk?tab=open").text)
    assert edge.staff("dispatcher").get(f"/work/cases/{secret}").status_code == 200
