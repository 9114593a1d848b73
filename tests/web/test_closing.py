"""The hints of a closing where the check is made: who sees them, and in which words."""

from io import BytesIO
from uuid import UUID

from gridgov.domain.datum import LonLat
from gridgov.storage.cases import Case
from tests.support import images
from tests.web.casework import page
from tests.web.edge import GRID, Edge, file
from tests.web.reading import words_of

SMALL = (640, 480)


def spot(edge: Edge) -> LonLat:
    mark = edge.reference().landmarks[GRID][0]
    return LonLat(lon=mark["lon"], lat=mark["lat"])


def after(
    lon: float, lat: float, seed: int, taken: str | None = images.TAKEN
) -> tuple[BytesIO, str]:
    look = {"group": "trash", "seed": seed, "repaired": True}
    data = images.jpeg_with_gps(lon, lat, SMALL, **look, taken=taken)
    return file(data, "IMG_2.jpg")


def resolve(edge: Edge, picture: tuple[BytesIO, str], **more: str) -> UUID:
    case_id = edge.case(edge.report(**more)).id
    worker = edge.staff("worker")
    edge.done(worker, case_id, "sign")
    answer = edge.act(worker, case_id, "resolve", text="已清走", photo=picture)
    assert answer.status_code == 303, words_of(answer.text)
    return case_id


def test_whoever_checks_is_told_what_to_look_at(edge: Edge) -> None:
    here = spot(edge)
    case_id = resolve(edge, after(here.lon, here.lat + 0.01, 21))
    said = words_of(page(edge.staff("deputy"), case_id))
    assert "请仔细核查：照片不是在现场拍的" in said
    assert "几分钟内就办结" in said
    assert "照片拍摄地点距现场 1107 米" in said
    assert "以上只是提示" in said
    assert "请仔细核查" in words_of(page(edge.staff("supervisor"), case_id))
    assert "请仔细核查" in words_of(edge.staff("deputy").get("/work?tab=check").text)
    answer = edge.act(edge.staff("deputy"), case_id, "check_pass")
    assert answer.status_code == 303, "a hint refuses nothing"


def test_the_words_stand_in_english_too(edge: Edge) -> None:
    here = spot(edge)
    case_id = resolve(edge, after(here.lon, here.lat + 0.01, 22))
    deputy = edge.staff("deputy")
    deputy.set_cookie("language", "en")
    said = words_of(page(deputy, case_id))
    deputy.delete_cookie("language")
    assert "Look closely: a photo was taken elsewhere" in said
    assert "The photo was taken 1107 m from the spot." in said


def test_another_case_is_named_to_those_who_may_see_it(edge: Edge) -> None:
    here = spot(edge)
    shown = after(here.lon, here.lat, 23)[0].getvalue()
    first = resolve(edge, file(shown, "IMG_3.jpg"))
    second = resolve(edge, file(shown, "IMG_3.jpg"))
    with edge.rows() as session:
        number = session.get_one(Case, first).number
    assert f"案件 {number} 也用了这张照片" in words_of(page(edge.staff("deputy"), second))


def test_a_resident_reads_nothing_of_it(edge: Edge) -> None:
    here = spot(edge)
    code = edge.report()
    case_id = edge.case(code).id
    worker = edge.staff("worker")
    edge.done(worker, case_id, "sign")
    far = after(here.lon, here.lat + 0.01, 24)
    edge.act(worker, case_id, "resolve", text="已清走", photo=far)
    said = words_of(edge.visitor().get(f"/r/{code}").text)
    assert "仔细核查" not in said and "1107" not in said
