"""A place known only in words: the tray of the village it names, never a guessed grid."""

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.routing import Rule
from gridgov.services import reference as references
from gridgov.services import routing
from gridgov.storage import reports
from tests.support.acts import DISTRICT, case_of, report

TAIHUA, HESHUI, SANZHOU = "440608004025", "440608108003", "440608004022"


@pytest.mark.parametrize(
    ("words", "code", "rule"),
    [
        ("泰华社区翠竹苑门口", TAIHUA, Rule.VILLAGE_TRAY),
        ("更合镇合水圩旧供销社后面", HESHUI, Rule.VILLAGE_TRAY),
        ("三洲旧区某出租屋", SANZHOU, Rule.VILLAGE_TRAY),
        ("明城镇附近的鱼塘", "440608107", Rule.TOWN_TRAY),
        ("荷城沿江路18号", "440608004", Rule.TOWN_TRAY),
        # 水井 and 白石 are villages, but a well and a white stone too.
        ("学校门口下水井盖不见了", DISTRICT, Rule.DISTRICT_TRAY),
        ("路边那块白石头旁边", DISTRICT, Rule.DISTRICT_TRAY),
        ("过了加油站大概两百米", DISTRICT, Rule.DISTRICT_TRAY),
        ("", DISTRICT, Rule.DISTRICT_TRAY),
    ],
)
def test_words_name_a_village_a_town_or_nothing(
    rolled: Session, words: str, code: str, rule: Rule
) -> None:
    placement = routing.by_words(references.of(rolled, DISTRICT), words)
    assert (placement.area_code, placement.rule) == (code, rule)
    assert placement.grid_code is None


def test_a_report_by_words_waits_in_the_tray_for_a_dispatcher(rolled: Session) -> None:
    receipt = report(
        rolled, area_code="", by_words=True, place_words="合水圩旧供销社后面", channel="12345"
    )
    case = case_of(rolled, receipt)
    assert (case.village_code, case.grid_code, case.lon) == (HESHUI, None, None)
    told = reports.of_case(rolled, case.id)[0]
    assert (told.place_words, told.channel) == ("合水圩旧供销社后面", "12345")
