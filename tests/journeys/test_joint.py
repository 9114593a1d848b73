"""A joint case (吹哨报到): the worker leads, a department assists, and neither is forgotten."""

from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.staff import People, form, reported, send
from tests.journeys.test_main_job import picture
from tests.support.browser import NewPage
from tests.support.server import Server


def test_a_joint_case_is_resolved_when_the_assistant_is_done(
    server: Server, new_phone: NewPage, new_desk: NewPage, tmp_path: Path
) -> None:
    people = People(server, new_phone, new_desk)
    case = people.case(reported(server, text="垃圾堵住水管"))
    worker = people.at("worker", case)
    with worker.expect_navigation():
        worker.locator(".case-bar button[type=submit]").click()
    call = form(worker, "call_in")
    call.locator("select").select_option("unit:ZJSL")
    call.locator("textarea").fill("请先断水")
    send(worker, call)
    expect(worker.locator(".case-helpers")).to_contain_text("完成后才能办结")
    expect(worker.locator("#act-resolve")).to_contain_text("还有 1 项协办未完成")

    handler = people.at("handler", "/work?tab=assist")
    handler.locator(f"a[href='{case}']").click()
    expect(handler.locator(".timeline")).to_contain_text("请先断水")
    done = form(handler, "finish_task")
    done.locator("textarea").fill("已断水，可以清理")
    send(handler, done)
    expect(handler.locator(f"a[href='{case}']")).to_have_count(0)

    worker = people.at("worker", case)
    expect(worker.locator(".case-helpers")).to_contain_text("已完成")
    expect(worker.locator(".timeline")).to_contain_text("已断水，可以清理")
    end = form(worker, "resolve")
    end.locator("input[type=file]").set_input_files(picture(tmp_path))
    end.locator("textarea").fill("水管通了，垃圾清走")
    send(worker, end)
    worker = people.at("worker", case)
    expect(worker.locator(".timeline")).to_contain_text("处理完成")
