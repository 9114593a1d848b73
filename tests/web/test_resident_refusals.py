"""What goes wrong with the resident's form: a sentence for each, and nothing typed is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gridgov.services.intake import MAX_PHOTOS
from gridgov.storage.reports import Report
from tests.support import images
from tests.web.edge import GRID, SMALL, TEXT, Edge, code_in, file, picture, stored
from tests.web.reading import fields_of, words_of
from tests.web.reporting import NO_POSITION, count, send

TYPED = ("text", "phone", "place_words", "category", "client_token")


@dataclass(frozen=True)
class Bad:
    """One kind of bad input: what is sent, and the sentence in both languages."""

    zh: str
    en: str
    form: dict[str, Any] = field(default_factory=dict)
    photo: Callable[[], bytes] | None = None
    status: int = 400


BAD = {
    "no location": Bad("还不知道在哪里", "We do not know where it is yet", dict(NO_POSITION)),
    "outside the district": Bad(
        "这个位置不在本区，请打 12345",
        "outside our district. Please call 12345",
        {"lon": "113.2644", "lat": "23.1291"},
        status=422,
    ),
    "accuracy of 3 km": Bad(
        "定位误差有 3 公里，找不准网格",
        "only good to 3 kilometres",
        {"accuracy_m": "3000"},
    ),
    "lon and lat swapped": Bad(
        "lon 和 lat 是不是写反了", "Are lon and lat swapped?", {"lon": "22.9", "lat": "112.89"}
    ),
    "no number": Bad("以度为单位的数字", "must be numbers in degrees", {"lon": "east"}),
    "half a position": Bad("以度为单位的数字", "must be numbers in degrees", {"lat": None}),
    "not a finite number": Bad("以度为单位的数字", "must be numbers in degrees", {"lon": "nan"}),
    "unknown datum": Bad("不认识这个坐标系", "We do not know this datum", {"datum": "wgs99"}),
    "no datum": Bad("请写明坐标系", "Say in which datum", {"datum": None}),
    "a negative accuracy": Bad(
        "0 或更大的米数", "number of metres, 0 or more", {"accuracy_m": "-1"}
    ),
    "a renamed executable": Bad(
        "这个文件不是照片",
        "This file is not a photo",
        photo=lambda: images.PRETENDERS["Windows executable"],
    ),
    "a truncated JPEG": Bad(
        "这张照片没传完整", "This photo arrived incomplete", photo=images.truncated_jpeg
    ),
    "40 megapixels": Bad(
        "这张照片有 40 百万像素", "This picture has 40 megapixels", photo=images.forty_megapixels
    ),
    "a decompression bomb": Bad(
        "这张照片有 3600 百万像素", "This picture has 3600 megapixels", photo=images.png_bomb
    ),
    "an empty file": Bad("这个文件是空的", "This file is empty", photo=bytes),
    "10,000 characters": Bad(
        "写了 10000 个字，最多 4000 个",
        "The text has 10000 characters, at most 4000 fit",
        {"text": "长" * 10_000},
    ),
    "nothing told": Bad("请拍张照片或写几个字", "Add a photo or a few words", {"text": " \n "}),
    "a short phone number": Bad(
        "手机号应为 11 位，现在是 10 位", "has 11 digits, this one has 10", {"phone": "1392345678"}
    ),
    "no phone number": Bad("这不是手机号", "This is not a mobile number", {"phone": "call me"}),
    "unknown category": Bad(
        "没有这种问题", "We do not know this kind of problem", {"category": "4711"}
    ),
    "no category": Bad("请选是什么问题", "Choose what it is about", {"category": None}),
    "a grid that is not there": Bad(
        "这个网格不在该位置", "This grid is not at the spot", {"near_choice": "440608108001001"}
    ),
    "no token": Bad("提交标识", "The token must have 8 to 100", {"client_token": "x"}),
}


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
@pytest.mark.parametrize("kind", BAD)
def test_bad_input_gets_a_sentence_and_keeps_everything(
    edge: Edge, kind: str, english: bool
) -> None:
    bad, before = BAD[kind], count(edge, Report)
    more: dict[str, Any] = {"phone": "13923456789", "place_words": "文昌路口", **bad.form}
    if bad.photo is not None:
        more["photos"] = [file(bad.photo(), "IMG_1.jpg")]
    form = edge.form(**more)
    answer = edge.visitor(english=english).post("/report", data=form)
    assert answer.status_code == bad.status
    assert (bad.en if english else bad.zh) in words_of(answer.text)
    assert "Traceback" not in answer.text
    kept = fields_of(answer.text)
    for name in (*TYPED, *NO_POSITION):
        if name in form and form[name] != "4711":  # there is no tile to mark for that
            assert kept[name] == [form[name]], f"{name} was lost"
    assert count(edge, Report) == before


def test_too_many_photos_are_refused_and_the_first_ones_not_lost(edge: Edge) -> None:
    answer = send(edge, photos=[picture(n) for n in range(MAX_PHOTOS + 1)])
    assert answer.status_code == 400
    assert "最多 6 张照片" in words_of(answer.text)
    assert fields_of(answer.text)["text"] == [TEXT]


def test_place_words_that_are_too_long_say_so_at_their_field(edge: Edge) -> None:
    answer = send(edge, place_words="路" * 201)
    assert answer.status_code == 400
    assert "最多 200 个" in words_of(answer.text)
    assert fields_of(answer.text)["place_words"] == ["路" * 201]


def test_a_photo_survives_a_refused_post_and_ends_on_the_case(edge: Edge) -> None:
    refused = send(edge, phone="1", photos=[picture(11), picture(12)])
    assert refused.status_code == 400
    form = fields_of(refused.text)
    assert len(form["kept_photo"]) == 2
    shown = [edge.visitor().get(f"/report/kept/{token}") for token in form["kept_photo"]]
    assert [(answer.status_code, answer.mimetype) for answer in shown] == [(200, "image/jpeg")] * 2
    again = edge.visitor().post("/report", data={**form, "phone": "12"})
    assert len(fields_of(again.text)["kept_photo"]) == 2, "kept a second time as well"
    files = stored(edge.installation.instance)
    third = {**fields_of(again.text), "phone": "", "photos": [picture(13)]}
    sent = edge.visitor().post("/report", data=third)
    photos = edge.photos(code_in(sent.headers["Location"]))
    assert len(photos) == 3
    assert len({photo.sha256 for photo in photos}) == 3
    assert stored(edge.installation.instance) > files


def test_the_position_of_a_kept_photo_still_counts(edge: Edge) -> None:
    mark = edge.reference().landmarks[GRID][0]
    raw = images.jpeg_with_gps(float(mark["lon"]), float(mark["lat"]), SMALL)
    refused = send(edge, **NO_POSITION, phone="1", photos=[file(raw, "a.jpg")])
    form = {**fields_of(refused.text), "phone": ""}
    sent = edge.visitor().post("/report", data=form)
    assert edge.told(code_in(sent.headers["Location"])).position_source == "exif"


def test_a_forged_or_foreign_photo_token_is_no_photo(edge: Edge) -> None:
    other = edge.photos(edge.report(photos=[picture()]))[0].sha256
    code = edge.report(kept_photo=["forged", other, f'["{other}",640,480,null]'])
    assert edge.photos(code) == []
    assert edge.visitor().get("/report/kept/forged").status_code == 404
    assert edge.visitor().get(f"/report/kept/{other}").status_code == 404
