"""Messages to the worker of the sample: cases that make them, and what the worker wants."""

from datetime import timedelta
from uuid import UUID

from gridgov.domain.notices import Recipient
from gridgov.gateways.push import Browser
from gridgov.services import notice_settings
from gridgov.storage.notices import Delivery
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import instance
from tests.support import notices as desk
from tests.support.acts import NOON, case_of, report
from tests.support.notices import ALL_WAYS

MINUTE = timedelta(minutes=1)
BROWSER = Browser("https://fcm.googleapis.com/fcm/send/one", "p", "a")


def made(count: int = 1, **more: object) -> list[UUID]:
    """Cases given to the sample's worker."""
    found = []
    for _ in range(count):
        with unit_of_work() as session:
            found.append(case_of(session, report(session, **more)).id)
    return found


def worker() -> Recipient:
    return Recipient.read(desk.recipient("worker"))


def wants(who: Recipient, **more: object) -> None:
    """Keep what a person wants; mail and SMS by default."""
    values = {"ways": ["push", "mail", "sms"], "digest": False, "language": None}
    values |= {"phone": "13800138000", "mail": "chen@example.org", **more}
    with unit_of_work() as session:
        notice_settings.save_own(session, who.uuid, vault=instance().vault, **values)


def sent_once(count: int = 1) -> Delivery:
    """The worker's one message about new cases, ready to be claimed."""
    made(count)
    desk.plan(ALL_WAYS, NOON)
    desk.bundle(ALL_WAYS, NOON)
    (one,) = [d for d in desk.deliveries() if d.recipient == str(worker())]
    return one


def now_of(delivery: Delivery) -> Delivery:
    with read_only() as session:
        return session.get_one(Delivery, delivery.id)
