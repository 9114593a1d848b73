"""A configuration pack goes from one district to another: rules and words, never people."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from shapely.geometry import box
from sqlalchemy import select

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.catalogue import UnitLevel
from gridgov.domain.closing import ClosingRule
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.stage_limits import read_limits
from gridgov.domain.table_imports import ChangeKind, TableRefused
from gridgov.importers import packs
from gridgov.services import closing, district_limits, districts, setup_base, setup_catalogue
from gridgov.services import reference as references
from gridgov.services.districts import NewDistrict
from gridgov.services.setup_base import Options, Source
from gridgov.storage.people import Person
from gridgov.storage.session import read_only, unit_of_work

HOME, OTHER = "440608", "440699"
USUAL = {"verify": "3WH; 4=20min", "ruling": "2WH"}
OWN = {"handle": "3=6H; 4=2H", "check": "2WD; 4=1H", "info": "5WD"}
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
BY = Actor.system(OTHER)


def pack_of(folder: Path) -> Path:
    file = folder / "pack.json"
    file.write_bytes(packs.export(HOME, "高明试点", now=NOW))
    return file


def other_district() -> None:
    """Make a second district with two towns and a village, and nothing else."""
    kinds = [
        (OTHER, None, AreaKind.DISTRICT, "试验区", "Trial District"),
        (f"{OTHER}001", OTHER, AreaKind.TOWN, "东街道", "East Subdistrict"),
        (f"{OTHER}101", OTHER, AreaKind.TOWN, "西镇", "West Town"),
        (f"{OTHER}101201", f"{OTHER}101", AreaKind.VILLAGE, "北村", "North Village"),
    ]
    shapes = [
        AreaShape(
            code=code,
            parent_code=parent,
            kind=kind,
            name=name,
            name_en=english,
            geometry=box(110, 22, 110.1, 22.1),
        )
        for code, parent, kind, name, english in kinds
    ]
    new = NewDistrict(
        code=OTHER,
        name="试验区",
        name_en="Trial District",
        timezone="Asia/Shanghai",
        languages=("zh-Hans", "en"),
        working_hours=(("09:00", "17:00"),),
        calendar_span=(date(2026, 1, 1), date(2026, 12, 31)),
    )
    with unit_of_work() as session:
        district = districts.create(session, new, now=NOW)
        districts.activate_net(session, district, shapes, {}, synthetic=True, now=NOW)


def run(file: Path) -> Any:
    return packs.run(file, OTHER, Options(), source=Source(BY, file.name), now=NOW)


def test_a_pack_brings_the_way_of_working_and_nobody(app: Flask, tmp_path: Path) -> None:
    rule = ClosingRule(far_m=80, quick_min=3, early_min=7)
    with unit_of_work() as session:
        closing.set_rule(session, HOME, rule)
        district_limits.put(session, HOME, read_limits(USUAL))
        wanted = replace(
            setup_catalogue.classes(session, HOME)["0101"], stage_limits=read_limits(OWN)
        )
        prepared = setup_catalogue.change_one(session, HOME, wanted)
        setup_base.carry_out(session, HOME, prepared, source=Source(BY, "test"), now=NOW)
    file = pack_of(tmp_path)
    text = file.read_text("utf-8")
    with read_only() as session:
        names = set(session.scalars(select(Person.name))) | set(
            session.scalars(select(Person.username))
        )
    words = set(UnitLevel)  # "village" is a sample login as well
    assert not [name for name in names - words if f'"{name}"' in text]
    assert "argon2" not in text and "secret" not in text and "lon" not in json.loads(text)

    other_district()
    file.write_text(_without_old_years(text), encoding="utf-8")
    looked = packs.dry_run(file, OTHER, Options(), now=NOW)
    assert not looked.refusals
    assert looked.counts()[ChangeKind.NEW] > 100
    with read_only() as session:
        assert not references.of(session, OTHER).catalogue, "a dry run writes nothing"
    assert run(file).fingerprint() == looked.fingerprint()

    with read_only() as session:
        here, home = references.of(session, OTHER), references.of(session, HOME)
    assert dict(here.catalogue) == dict(home.catalogue), "limits, questions and stages"
    assert here.replies == home.replies
    assert here.closing == rule, "when a closing is hinted at"
    assert here.usual_limits == read_limits(USUAL)
    assert here.category("0101").stage_limits == read_limits({**USUAL, **OWN})
    assert here.calendar.hours == home.calendar.hours
    assert here.units["CG"].area_code == OTHER
    assert here.units[f"T{OTHER}001"].name == "东街道办事处"
    assert here.units[f"T{OTHER}101"].name == "西镇人民政府"
    assert here.inboxes[f"{OTHER}101201"] == f"V{OTHER}101201"
    again = packs.dry_run(file, OTHER, Options(), now=NOW)
    assert not again.done(), "twice changes nothing"


def test_a_text_of_which_only_the_english_differs_is_taken_in(app: Flask, tmp_path: Path) -> None:
    pack = json.loads(pack_of(tmp_path).read_text("utf-8"))
    first, *_others = pack["sections"]["replies"]
    first["text_en"] = "Thank you; the lamp is mended."
    pack["checksums"]["replies"] = packs.checksum(pack["sections"]["replies"])
    file = tmp_path / "english.json"
    file.write_text(json.dumps(pack, ensure_ascii=False), encoding="utf-8")
    done = packs.run(file, HOME, Options(), source=Source(BY, file.name), now=NOW).done()
    assert [[one.field for one in each.fields] for each in done] == [["text_en"]]
    with read_only() as session:
        texts = references.of(session, HOME).replies
    assert first["text_en"] in {one.text_en for one in texts}


def _without_old_years(text: str) -> str:
    """Return the pack with the days of this year alone: the other district began this year."""
    pack = json.loads(text)
    days = pack["sections"]["calendar"]
    pack["sections"]["calendar"] = [day for day in days if day["date"] >= "2026"]
    pack["checksums"]["calendar"] = packs.checksum(pack["sections"]["calendar"])
    return json.dumps(pack, ensure_ascii=False)


def test_a_pack_that_was_changed_afterwards_is_refused(app: Flask, tmp_path: Path) -> None:
    file = pack_of(tmp_path)
    pack = json.loads(file.read_text("utf-8"))
    pack["sections"]["catalogue"][1]["handle_limit"] = "99WD"
    file.write_text(json.dumps(pack), encoding="utf-8")
    plan = packs.dry_run(file, HOME, Options(), now=NOW)
    assert [(one.place.sheet, one.reason) for one in plan.refusals] == [("catalogue", "checksum")]
    with pytest.raises(TableRefused):
        packs.run(file, HOME, Options(), source=Source(BY, "x"), now=NOW)


@pytest.mark.parametrize(
    ("section", "index", "field", "value", "reason"),
    [
        ("catalogue", 1, "handle_limit", "soon", "not_a_limit"),
        ("catalogue", 1, "icon", "../../etc", "unknown"),
        ("catalogue", 1, "unit_code", "NOPE", "unknown_unit"),
        ("units", 0, "level", "planet", "unknown"),
        ("catalogue", 1, "handle_limit", "2WD; 7=1H", "not_a_severity"),
        ("settings", "storm", "reports", 1, "broken"),
        ("settings", "storm", "minutes", 100_000, "broken"),
        ("settings", "usual_limits", "check", "5WD; 9=1H", "broken"),
        ("settings", "usual_limits", "teatime", "5WD", "broken"),
        ("unit_kinds", 0, "code", "fixed", "broken"),
        ("calendar", 0, "date", "yesterday", "broken"),
        ("replies", 0, "title", None, "broken"),
    ],
)
def test_each_part_of_a_pack_is_held_to_the_rules(
    app: Flask,
    tmp_path: Path,
    section: str,
    index: int | str,
    field: str,
    value: Any,
    reason: str,
) -> None:
    file = pack_of(tmp_path)
    pack = json.loads(file.read_text("utf-8"))
    if section == "settings":
        pack["sections"][section] |= {index: {}}
    if value is None:
        del pack["sections"][section][index][field]
    else:
        pack["sections"][section][index][field] = value
    pack["checksums"][section] = packs.checksum(pack["sections"][section])
    file.write_text(json.dumps(pack), encoding="utf-8")
    plan = packs.dry_run(file, HOME, Options(), now=NOW)
    assert reason in {one.reason for one in plan.refusals}


def test_what_is_no_pack_or_a_newer_one_says_so(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    for content, reason in (
        ("{}", "not_a_pack"),
        ("[", "not_a_pack"),
        ('{"format": "gridgov-pack", "version": 9}', "newer_pack"),
        ('{"format": "gridgov-pack", "version": 1}', "not_a_pack"),
    ):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(InvalidInput) as refused:
            packs.read(file)
        assert refused.value.reason == reason
