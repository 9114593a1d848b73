"""Cases as service requests: what partners and the public may learn, and what a partner adds.

The class decides: a class that is not public is looked up only with the key that brought
the case in, a confidential one by nobody. Words are masked, and what is heard or smelt has
a coarse point: it is reported from somebody's window.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.catalogue import Category
from gridgov.domain.errors import Conflict, NotFound
from gridgov.domain.privacy import mask_personal
from gridgov.domain.problems import public_words
from gridgov.domain.roles import Role
from gridgov.domain.workflow import PUBLIC_STATE, Action, CaseState
from gridgov.services import merging, releases, reporters
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.reference import Reference
from gridgov.storage import cases, merges
from gridgov.storage import service_requests as rows
from gridgov.storage.cases import Case
from gridgov.storage.service_requests import Line, Span, Visible, Wanted

FINE, COARSE = 6, 3  # digits after the point: about 0.1 m and about 100 m
NUISANCES = frozenset({"noise", "smoke"})  # the pictures of classes that are heard or smelt
# Lines whose words are an answer to whoever reported; others are notes among staff.
REPLIES = frozenset(
    {Action.RESOLVE, Action.REJECT, Action.TRANSFER, Action.REPLY, Action.SELF_RESOLVE}
)
MOVES = REPLIES | {
    Action.DISPATCH,
    Action.SIGN,
    Action.RETURN,
    Action.PASS_UP,
    Action.CHECK_PASS,
    Action.SEND_BACK,
    Action.REOPEN,
    Action.REGISTER,
    Action.RULE,
    Action.MERGE,
    Action.UNMERGE,
    Action.WITHDRAW,
    Action.GRANT_VOID,
    Action.GRANT_APPEAL,
    Action.GRANT_SUSPENSION,
    Action.RESUME,
    Action.SPOT_FAIL,
}


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A case as others may know it. `reply` is the last answer of those who handled it.

    `lon`/`lat` are WGS-84; `precise` is False where place and point are coarse.
    `picture_id` names a picture that the public pages show as well. `followed` is the case
    that goes on with a merged one, of others the case itself.
    """

    case: Case
    followed: Case
    category: Category
    text: str | None
    reply: str | None
    lon: float | None
    lat: float | None
    precise: bool
    picture_id: UUID | None
    moves: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Update:
    """One change of a case that others may know of; `text` holds public words only."""

    number: str
    line: Line
    text: str | None


class AddedBefore(Conflict):
    """The partner sent this update already."""

    code = "added_before"


def offered(reference: Reference) -> dict[str, Category]:
    """Return the classes partners may report, by code.

    Not confidential ones (they are told on the district's own page) and not those where
    an emergency number comes first.
    """
    return {
        code: item
        for code, item in sorted(reference.catalogue.items())
        if not item.confidential and item.hand_over is None
    }


def service(reference: Reference, code: str) -> Category:
    """Return an offered class. Raises: NotFound."""
    found = offered(reference).get(code)
    if found is None:
        raise NotFound(f"no service {code}", service_code=code)
    return found


def visible(reference: Reference, key_id: UUID | None) -> Visible:
    """Return whose cases whoever looks may know of, with or without a key."""
    open_to_all = offered(reference)
    return Visible(
        reference.district_code,
        public=frozenset(code for code, item in open_to_all.items() if item.public),
        offered=frozenset(open_to_all),
        key_id=key_id,
    )


def find(
    session: Session, reference: Reference, who: Visible, wanted: Wanted, *, moves: bool = False
) -> list[ServiceRequest]:
    """Return the requests that are wanted and visible, the newest first.

    `moves` adds the public steps of each. The number of queries does not depend on how
    many are found.
    """
    found = rows.find(session, who, wanted)
    ids = [case.id for case in found]
    texts = rows.words_told(session, ids)
    lines = rows.lines_of(session, ids, MOVES if moves else REPLIES)
    pictures = _pictures(session, reference, found)
    return [
        _request(
            case,
            merges.followed(session, case),
            reference,
            texts.get(case.id),
            lines[case.id],
            pictures,
            moves,
        )
        for case in found
    ]


def _request(
    case: Case,
    followed: Case,
    reference: Reference,
    text: str | None,
    lines: Sequence[Line],
    pictures: Mapping[UUID, UUID],
    moves: bool,
) -> ServiceRequest:
    category = reference.category_of(case)
    precise = category.icon not in NUISANCES
    digits = FINE if precise else COARSE
    return ServiceRequest(
        case=case,
        followed=followed,
        category=category,
        text=public_words(text) or None if text else None,
        reply=_reply(case, lines),
        lon=None if case.lon is None else round(case.lon, digits),
        lat=None if case.lat is None else round(case.lat, digits),
        precise=precise,
        picture_id=pictures.get(case.id) if category.public else None,
        moves=tuple(lines) if moves else (),
    )


def _reply(case: Case, lines: Sequence[Line]) -> str | None:
    """Return the answer that led to the present state; after a reopening it is void."""
    answers = [line for line in lines if Action(line.action) in REPLIES and line.text]
    stands = CaseState(case.state) is CaseState.RESOLVED or not case.is_open
    if answers and answers[-1].action == Action.REPLY and not case.reopen_count:
        stands = True  # words for the public of those who are at it
    return mask_personal(answers[-1].text or "") if answers and stands else None


def _pictures(session: Session, reference: Reference, found: Sequence[Case]) -> dict[UUID, UUID]:
    """Return case id → the picture of it that the public pages show."""
    told = releases.shown(session, reference, found)
    return {case_id: one.pictures[0].id for case_id, one in told.items() if one.pictures}


def updates(
    session: Session, reference: Reference, who: Visible, span: Span, *, limit: int, offset: int
) -> list[Update]:
    """Return the public steps of visible cases in a time, oldest first.

    With a key also the words that were added with it.
    """
    found = rows.updates(session, who, span, MOVES, limit=limit, offset=offset)
    return [Update(number, line, _public_words(line)) for number, _code, line in found]


def _public_words(line: Line) -> str | None:
    said = Action(line.action) in REPLIES or line.action == Action.ADD
    return mask_personal(line.text) if said and line.text else None


def public_state(line: Line) -> tuple[str | None, str]:
    """Return the public words for the state before and after a line."""
    before = None if line.from_state is None else str(PUBLIC_STATE[CaseState(line.from_state)])
    return before, str(PUBLIC_STATE[CaseState(line.to_state)])


def number_of_token(session: Session, district_code: str, tokens: Sequence[str]) -> str:
    """Return the case number of the one report that came with any of these tokens.

    Raises: NotFound, also where two partners used the same one.
    """
    found = set(rows.by_tokens(session, district_code, tokens))
    if len(found) != 1:
        raise NotFound("no such token")
    return found.pop()


def catalogue_written(session: Session, reference: Reference) -> datetime | None:
    """Return when the services were last written; None before the first."""
    newest = rows.catalogue_written(session, reference.district_code, reference.catalogue_version)
    if newest is None:
        return None
    return datetime.fromtimestamp((newest.int >> 80) // 1000, UTC)


@dataclass(frozen=True, slots=True)
class Addition:
    """What a partner adds to a request it brought in; `update_id` is the partner's own."""

    number: str
    update_id: str
    text: str
    photos: tuple[StoredPhoto, ...] = ()


def add(
    session: Session, district_code: str, key_id: UUID, addition: Addition, *, now: datetime
) -> int:
    """Add words or photos to a case brought in by this key; return the line's number.

    Raises: NotFound for a case of somebody else, AddedBefore for a repeated update id,
    InvalidInput (nothing given), InvalidTransition (the case was not taken up).
    """
    report = rows.brought_in(session, key_id, addition.number)
    if report is None:
        raise NotFound(f"no request {addition.number} of this key")
    # Locked before the look, so that the same update sent twice at once is added once.
    merging.locked_chain(session, report.case_id)
    mark = {"key": str(key_id), "update": addition.update_id}
    if addition.update_id and rows.added_before(session, report.case_id, mark):
        raise AddedBefore(f"update {addition.update_id} was added before")
    given = Given(text=addition.text or None, photos=addition.photos, told=mark)
    reporters.add(session, report.id, given, now=now, role=Role.PROGRAM)
    return cases.get(session, report.case_id).history_seq
