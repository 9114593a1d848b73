"""The people of the sample district: 1,646 grid workers, and those who can sign in.

All names are invented. Every grid has a lead and a deputy; the rest are the outer
circles (一核三圈): they belong to a village and have no duty yet.
"""

import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.assignment import DutyKind
from gridgov.domain.roles import Role
from gridgov.services.districts import NewPerson

WORKERS = 1646
CENTRE = "ZX"
SURNAMES = "陈黄李梁罗谭区严仇冼何林谢廖麦邓杜莫伍叶曾潘冯苏黎欧关彭"
GIVEN = "志文海怡美珍家辉永康晓彤国强秀英建华丽敏伟明嘉欣俊杰婉玲德福淑芬子健咏诗锦荣少芳"


@dataclass(frozen=True, slots=True)
class Login:
    """One of the few accounts that can sign in to the sample."""

    role: str
    username: str
    password: str
    area: str


def _name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2, 2))))


def workers(
    shapes: Sequence[AreaShape], rng: random.Random, *, taken: str, already: int
) -> Iterator[NewPerson]:
    """Yield the workers up to 1,646: lead and deputy of each grid, then those without one.

    The grid `taken` has its people already; `already` is how many there are.
    """
    count = already
    for grid in shapes:
        if grid.kind not in (AreaKind.GRID, AreaKind.PROFESSIONAL) or grid.code == taken:
            continue
        for kind in (DutyKind.LEAD, DutyKind.DEPUTY):
            count += 1
            duty = (grid.code, str(kind))
            yield NewPerson(username=f"w{count:04d}", name=_name(rng), duties=(duty,))
    while count < WORKERS:
        count += 1
        yield NewPerson(username=f"w{count:04d}", name=_name(rng))


def unit_people(unit_codes: Sequence[str], rng: random.Random) -> Iterator[NewPerson]:
    """Yield one handler for each unit, without a password, and a second for the centre.

    Where the centre itself handled a case, somebody else of the centre checks it.
    """
    seen: set[str] = set()
    for code in (*unit_codes, CENTRE):
        yield NewPerson(
            username=(f"u-{code}" if code not in seen else f"u-{code}-2").lower(),
            name=_name(rng),
            grants=((str(Role.HANDLER), None, code),),
        )
        seen.add(code)


def username_of(role: str) -> str:
    """Return the sample's user name for a role: letters and digits, as sign-in wants them."""
    return role.replace("_", "")


def new_password() -> str:
    """Return a password that is easy to type and hard to guess (about 70 bits)."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(3))


def staff(
    district: str, grid: str, village: str, town: str, hash_password: Callable[[str], str]
) -> tuple[list[NewPerson], list[Login]]:
    """Return the persons with a password and their logins; worker and deputy share a grid."""
    plan: list[tuple[str, str, str, tuple[tuple[str, str | None, str | None], ...]]] = [
        ("worker", "陈海怡", grid, ()),
        ("deputy", "黄志文", grid, ()),
        ("village", "梁永康", village, ((str(Role.HANDLER), None, f"V{village}"),)),
        ("handler", "何志强", district, ((str(Role.HANDLER), None, "ZJSL"),)),
        ("dispatcher", "林晓彤", district, ((str(Role.DISPATCHER), district, None),)),
        ("town_dispatcher", "谢美珍", town, ((str(Role.DISPATCHER), town, None),)),
        ("supervisor", "罗家辉", district, ((str(Role.SUPERVISOR), district, None),)),
        ("system_admin", "区国强", district, ((str(Role.SYSTEM_ADMIN), district, None),)),
    ]
    duties = {
        "worker": ((grid, str(DutyKind.LEAD)),),
        "deputy": ((grid, str(DutyKind.DEPUTY)),),
    }
    people, logins = [], []
    for role, name, area, grants in plan:
        password = new_password()
        people.append(
            NewPerson(
                username=username_of(role),
                name=name,
                password_hash=hash_password(password),
                grants=grants,
                duties=duties.get(role, ()),
            )
        )
        logins.append(Login(role, username_of(role), password, area))
    return people, logins
