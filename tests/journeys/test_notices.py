"""A browser is told by push: the switch on the page, and what the worker script does with one."""

import base64
import json
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page, expect

from tests.journeys.test_main_job import sign_in
from tests.support.browser import NewPage, until
from tests.support.server import Server

ENDPOINT = "https://fcm.googleapis.com/fcm/send/journey"

COUNT_SHOWN = """() => {
  const show = self.registration.showNotification.bind(self.registration);
  self.shown = 0;
  self.registration.showNotification = async (...given) => {
    await show(...given);
    self.shown += 1;
  };
}"""


def with_push_service(page: Page) -> None:
    """Stand in for the push service of the browser's maker: this machine reaches none."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": point, "auth": os.urandom(16)}
    said = {
        "endpoint": ENDPOINT,
        "keys": {
            name: base64.urlsafe_b64encode(value).decode().rstrip("=")
            for name, value in keys.items()
        },
    }
    page.add_init_script(
        f"""
        const kept = {json.dumps(said)};
        PushManager.prototype.getSubscription = async () =>
          sessionStorage.getItem("subscribed") ? kept : null;
        PushManager.prototype.subscribe = async (options) => {{
          if (options.applicationServerKey.length !== 65) throw new Error("not a key");
          sessionStorage.setItem("subscribed", "1");
          return kept;
        }};
        Notification.requestPermission = async () => "granted";
        """
    )


def test_a_worker_lets_the_own_phone_be_told_and_stops_it(
    default_server: Server, new_phone: NewPage
) -> None:
    page = new_phone()
    with_push_service(page)
    sign_in(page, default_server, "worker")
    page.locator("summary", has_text="陈海怡").click()
    page.get_by_role("link", name="我的通知").click()
    expect(page.get_by_role("heading", name="怎样通知您")).to_be_visible()
    page.get_by_role("button", name="有变化时提醒我").click()
    expect(page.get_by_text("这个浏览器会收到提醒")).to_be_visible()
    page.reload()
    expect(page.get_by_text("您有 1 个浏览器会收到提醒")).to_be_visible()
    page.get_by_role("button", name="不再用这个浏览器提醒").click()
    expect(page.get_by_text("不会再收到提醒")).to_be_visible()
    page.reload()
    expect(page.get_by_text("您还没有让任何浏览器接收提醒")).to_be_visible()


def test_the_settings_are_kept_without_scripts(default_server: Server, new_phone: NewPage) -> None:
    page = new_phone(java_script_enabled=False)
    sign_in(page, default_server, "deputy")
    page.goto(f"{default_server.url}/account/notices")
    page.fill("[name=mail]", "huang@example.org")
    page.fill("[name=phone]", "138 0013 8000")
    page.locator("label", has_text="上午和下午各汇总一条").click()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    expect(page.locator("[name=phone]")).to_have_value("13800138000")
    expect(page.locator("[name=digest][value=yes]")).to_be_checked()


def test_nothing_is_cut_at_the_side(default_server: Server, new_desk: NewPage) -> None:
    page = new_desk(viewport={"width": 320, "height": 640})
    sign_in(page, default_server, "system_admin")
    for address in ("/account/notices", "/admin/notices"):
        page.goto(f"{default_server.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_a_push_is_shown_once_whatever_comes_again(
    default_server: Server, new_phone: NewPage
) -> None:
    page = new_phone()
    page.context.grant_permissions(["notifications"], origin=default_server.url)
    with_push_service(page)
    sign_in(page, default_server, "worker")
    page.goto(f"{default_server.url}/account/notices")
    expect(page.get_by_role("button", name="有变化时提醒我")).to_be_visible()
    browser = page.context.new_cdp_session(page)
    registrations: list[str] = []
    browser.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(one["registrationId"] for one in event["registrations"]),
    )
    browser.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until(page, lambda: registrations, "the registration")
    until(page, lambda: page.context.service_workers, "the service worker")
    (worker,) = page.context.service_workers
    worker.evaluate(COUNT_SHOWN)
    told = {"title": "高明区网格服务", "body": "新案件", "url": "http://x/staff", "tag": "one"}
    for count, tag in enumerate(("one", "one", "two"), 1):
        message = {
            "origin": default_server.url,
            "registrationId": registrations[0],
            "data": json.dumps({**told, "tag": tag}),
        }
        browser.send("ServiceWorker.deliverPushMessage", message)
        until(page, lambda n=count: worker.evaluate("self.shown") >= n, f"{tag}, shown,")
    # Asked once: Chromium forgets what no desktop shows as soon as somebody asks for it.
    shown = page.evaluate(
        """async () => {
          const ready = await navigator.serviceWorker.ready;
          return (await ready.getNotifications()).map((one) => [one.title, one.body, one.tag]);
        }"""
    )
    assert sorted(shown) == [
        ["高明区网格服务", "新案件", "one"],
        ["高明区网格服务", "新案件", "two"],
    ]
