"""The first reading of the files: what must be known before any row is taken in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from gridgov.domain.geocodes import LEAST_ADDRESSES
from gridgov.importers.default_geocodes import Coordinate, convicted
from gridgov.importers.requests_file import RequestFile, RequestRow
from gridgov.importers.tables import coordinate

# (major class, class, code) as the file writes them
FileClass = tuple[str, str, str]


@dataclass(slots=True)
class Scan:
    """How many rows there are, which coordinates are no place, which classes occur."""

    rows: int = 0
    defaults: frozenset[Coordinate] = frozenset()
    classes: Counter[FileClass] = field(default_factory=Counter)


def class_of(row: RequestRow) -> FileClass:
    """Return the class of a row as the file writes it."""
    return row.get("group"), row.get("category"), row.get("category_code")


def scan(files: Iterable[RequestFile]) -> Scan:
    """Read the files once. What is kept grows with different coordinates, not with rows."""
    found = Scan()
    counts: Counter[Coordinate] = Counter()
    # Enough different addresses convict a coordinate: no more are kept, and only as hashes.
    addresses: dict[Coordinate, set[int]] = {}
    addressed = False
    for file in files:
        addressed = addressed or "address" in file.places
        for row in file.rows():
            found.rows += 1
            found.classes[class_of(row)] += 1
            place = coordinate(row.get("lon"), row.get("lat"))
            if place is None:
                continue
            counts[place] += 1
            seen = addresses.setdefault(place, set())
            if row.get("address") and len(seen) < LEAST_ADDRESSES:
                seen.add(hash(row.get("address").casefold()))
    texts = {place: map(str, seen) for place, seen in addresses.items()} if addressed else None
    found.defaults = convicted(counts, texts)
    return found
