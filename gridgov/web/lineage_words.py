"""What became of areas between two versions, in sentences: 06 was split into 09 and 10."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from flask_babel import gettext as _

from gridgov.domain.lineage import Change, Link
from gridgov.web.i18n import pick
from gridgov.web.net_names import Names

# More sentences than this are read by nobody: the rest is a number.
MOST = 60


def sentences(links: Sequence[Link], names: Names) -> tuple[list[str], int]:
    """Return what changed in sentences, by kind and code, and how many more there are."""
    said = [sentence for change in Change for sentence in _SAY[change](_of(links, change), names)]
    return said[:MOST], max(0, len(said) - MOST)


def _of(links: Iterable[Link], change: Change) -> list[Link]:
    return [link for link in links if link.change is change]


def _nothing(_links: list[Link], _names: Names) -> Iterator[str]:
    yield from ()


def _split(links: list[Link], names: Names) -> Iterator[str]:
    for code, parts in _grouped(links, lambda link: link.from_code).items():
        into = [
            _(
                "%(name)s (%(share)s of the ground)",
                name=names.beside(link.to_code, code),
                share=_share(link.share_from),
            )
            for link in parts
        ]
        yield _("%(old)s was split into %(parts)s.", old=names.full(code), parts=_and(into))


def _merged(links: list[Link], names: Names) -> Iterator[str]:
    for code, parts in _grouped(links, lambda link: link.to_code).items():
        olds = [names.full(link.from_code) for link in parts]
        yield _("%(olds)s were merged into %(new)s.", olds=_and(olds), new=names.full(code))


def _renamed(links: list[Link], names: Names) -> Iterator[str]:
    for link in links:
        old, new = names.before(link.from_code), names.full(link.to_code)
        if link.from_code == link.to_code:
            yield _("%(old)s is now called %(new)s.", old=old, new=new)
        else:
            yield _(
                "%(old)s has another code: %(old_code)s became %(new_code)s.",
                old=new,
                old_code=link.from_code,
                new_code=link.to_code,
            )


def _moved(links: list[Link], names: Names) -> Iterator[str]:
    for link in links:
        area = names.area(link.to_code)
        above = names.full(area.parent_code if area else None)
        yield _("%(name)s belongs to %(above)s now.", name=names.full(link.to_code), above=above)


def _reshaped(links: list[Link], names: Names) -> Iterator[str]:
    for link in links:
        if link.from_code == link.to_code:
            continue  # the part it kept; where the rest went the other links say
        yield _(
            "%(share)s of the ground of %(old)s passed to %(new)s.",
            share=_share(link.share_from),
            old=names.full(link.from_code),
            new=names.full(link.to_code),
        )


def _new(links: list[Link], names: Names) -> Iterator[str]:
    for link in links:
        yield _("%(name)s is new.", name=names.full(link.to_code))


def _gone(links: list[Link], names: Names) -> Iterator[str]:
    for link in links:
        yield _("%(name)s is no more.", name=names.full(link.from_code))


def _grouped(links: list[Link], key: Callable[[Link], str | None]) -> dict[str, list[Link]]:
    found: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        if (code := key(link)) is not None:
            found[code].append(link)
    return found


def _share(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1f} %"


def _and(parts: Sequence[str]) -> str:
    """Return "06, 07 and 09"."""
    if len(parts) < 2:
        return "".join(parts)
    return _("%(parts)s and %(last)s", parts=pick("、", ", ").join(parts[:-1]), last=parts[-1])


_SAY: dict[Change, Callable[[list[Link], Names], Iterator[str]]] = {
    Change.KEPT: _nothing,
    Change.RENAMED: _renamed,
    Change.MOVED: _moved,
    Change.RESHAPED: _reshaped,
    Change.SPLIT: _split,
    Change.MERGED: _merged,
    Change.NEW: _new,
    Change.GONE: _gone,
}
