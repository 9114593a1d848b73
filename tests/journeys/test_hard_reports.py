"""What the form says about the words while they are typed, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from gridgov.demo.hard_reports import HARD_REPORTS
from tests.journeys.test_main_job import LIVE_MS, spot
from tests.journeys.test_pages import LOOKS, speak, violations, watched
from tests.support.browser import NewPage
from tests.support.server import Server

TEXTS = {report.number: report.text for report in HARD_REPORTS}
HERE = dict(zip(("longitude", "latitude"), spot(), strict=True)) | {"accuracy": 10.0}


def form(new_phone: NewPage, server: Server, **changes: object) -> Page:
    phone = new_phone(geolocation=HERE, **changes)
    phone.goto(f"{server.url}/report")
    expect(phone.locator("[data-place]")).to_contain_text("06", timeout=LIVE_MS)
    return phone


def send(phone: Page) -> None:
    phone.locator("[data-main-submit]").click()


def test_4_the_likely_kind_is_offered_under_the_words_and_chosen_by_a_press(
    default_server: Server, new_phone: NewPage
) -> None:
    phone = form(new_phone, default_server)
    phone.fill("[name=text]", TEXTS[4])
    offer = phone.locator("[data-hint-categories]")
    expect(offer.get_by_role("button").first).to_contain_text("井盖缺失破损", timeout=LIVE_MS)
    assert phone.locator("input[name=category]:checked").count() == 0, "nothing by itself"
    offer.get_by_role("button").first.click()
    assert phone.input_value("input[name=category]:checked") == "0201"
    expect(offer).to_contain_text("已选：井盖缺失破损")
    # Another choice stands; the offer comes back beside it and changes nothing.
    phone.locator("label", has_text="暴露垃圾").first.click()
    expect(offer.get_by_role("button").first).to_be_visible()
    assert phone.input_value("input[name=category]:checked") == "0101"


def test_5_several_problems_are_sent_apart_and_each_has_its_receipt(
    default_server: Server, new_phone: NewPage
) -> None:
    phone = form(new_phone, default_server)
    phone.fill("[name=text]", TEXTS[5])
    split = phone.locator("[data-hint-split]")
    expect(split).to_contain_text("看起来是 3 件事", timeout=LIVE_MS)
    assert split.locator("input:checked").count() == 0
    split.locator("label", has_text="分开上报").click()
    expect(phone.locator("[data-hint-categories]")).to_be_hidden()
    send(phone)
    phone.wait_for_url("**/r/**", timeout=LIVE_MS)
    together = phone.locator("[data-live=together] a")
    expect(together).to_have_count(2)
    first = phone.url
    together.first.click()
    phone.wait_for_url(lambda url: url != first)
    expect(phone.locator("[data-live=together] a")).to_have_count(2)
    phone.goto(default_server.url)
    expect(phone.locator(".my-reports li")).to_have_count(2)  # the newest two of three


def test_5_an_offer_that_is_no_longer_true_goes_with_its_answer(
    default_server: Server, new_phone: NewPage
) -> None:
    phone = form(new_phone, default_server)
    phone.fill("[name=text]", TEXTS[5])
    split = phone.locator("[data-hint-split]")
    split.locator("label", has_text="分开上报").click(timeout=LIVE_MS)
    phone.fill("[name=text]", "垃圾桶满了三天")
    expect(split).to_be_hidden(timeout=LIVE_MS)
    assert split.locator("input:checked").count() == 0


def test_9_danger_is_named_as_it_is_typed_and_again_before_anything_is_sent(
    default_server: Server, new_phone: NewPage
) -> None:
    phone = form(new_phone, default_server)
    phone.fill("[name=text]", TEXTS[9])
    expect(phone.locator("[data-hint-danger] a[href='tel:119']")).to_be_visible(timeout=LIVE_MS)
    # The words name another place than the phone's: a question, not a decision.
    choice = phone.locator("[data-place-choices] label", has_text="合水社区")
    expect(choice).to_be_visible()
    assert phone.locator("[data-place-choices] input:checked").count() == 0
    choice.click()
    expect(phone.locator("[data-place]")).to_have_text("合水社区")
    send(phone)
    expect(phone.locator("[data-emergency] .emergency-call")).to_be_focused(timeout=LIVE_MS)
    phone.get_by_role("button", name="已打电话，或没有人有危险").click()
    # No kind was chosen yet: said beside the tiles, everything else is kept.
    expect(phone.locator("#category-error")).to_be_visible(timeout=LIVE_MS)
    assert phone.input_value("[name=text]") == TEXTS[9]
    phone.locator("[data-hint-list] button").first.click()
    send(phone)  # who has called is not asked again
    phone.wait_for_url("**/r/**", timeout=LIVE_MS)


def test_13_personal_data_are_pointed_out_and_17_names_two_numbers(
    default_server: Server, new_phone: NewPage
) -> None:
    phone = form(new_phone, default_server)
    phone.fill("[name=text]", TEXTS[13])
    expect(phone.locator("[data-hint-personal]")).to_contain_text("身份证号", timeout=LIVE_MS)
    phone.fill("[name=text]", TEXTS[17])
    expect(phone.locator("[data-hint-danger] a")).to_have_count(2, timeout=LIVE_MS)
    expect(phone.locator("[data-hint-personal]")).to_be_hidden()


@pytest.mark.parametrize("look", [*LOOKS, "elder", "narrow"])
def test_the_hints_are_accessible_and_fit(
    look: str, default_server: Server, new_phone: NewPage
) -> None:
    changes = dict(LOOKS.get(look, {}))
    if look == "narrow":
        changes["viewport"] = {"width": 320, "height": 640}
    language = str(changes.pop("language", "zh-Hans"))
    phone = new_phone(geolocation=HERE, **changes)
    complaints = watched(phone)
    speak(phone, default_server, language)
    path = "/elder?on=1&back=/report" if look == "elder" else "/report"
    phone.goto(f"{default_server.url}{path}")
    for _step in range(2 if look == "elder" else 0):
        phone.locator("[data-step-on]").click()
    for number in (5, 9, 13, 17):
        phone.fill("[name=text]", TEXTS[number])
        shown = {5: "split", 9: "danger", 13: "personal", 17: "danger"}[number]
        expect(phone.locator(f"[data-hint-{shown}]")).to_be_visible(timeout=LIVE_MS)
        assert violations(phone) == []
        wide = phone.evaluate("document.documentElement.scrollWidth")
        assert wide <= phone.evaluate("innerWidth")
    assert complaints == []
