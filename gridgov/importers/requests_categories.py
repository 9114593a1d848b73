"""From the classes of a file to those of the catalogue; what it lacks can be added.

A class is found by the words of the mapping, by its code, or by its name (under its
major class where the name occurs twice). Codes of added classes follow those that are
there: two digits for a major class, four for a class below it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gridgov.domain.catalogue import Category, Level
from gridgov.domain.deadlines import Limit
from gridgov.domain.errors import InvalidInput
from gridgov.importers.mapping import CategoriesMapping
from gridgov.importers.mapping_table import plain
from gridgov.importers.requests_scan import FileClass
from gridgov.services.reference import Reference

UNNAMED = "Other"
_MOST = 99  # two digits


@dataclass(slots=True)
class Classes:
    """Which code each class of the files has, and what must be added for that."""

    codes: dict[FileClass, str] = field(default_factory=dict)
    added: list[Category] = field(default_factory=list)
    unknown: set[FileClass] = field(default_factory=set)  # taken in as the mapping's `other`


def classes_for(
    seen: Iterable[FileClass], reference: Reference, mapping: CategoriesMapping
) -> Classes:
    """Return the code of each class of the files. Raises: InvalidInput (categories.…)."""
    catalogue = _Catalogue(reference, mapping)
    found = Classes()
    for told in sorted(seen):
        code = catalogue.find(told)
        if code is None and mapping.other is not None:
            found.unknown.add(told)
            code = mapping.other
        found.codes[told] = code or catalogue.add(told)
    found.added = catalogue.added
    return found


class _Catalogue:
    """The catalogue of the district, and what was added to it so far."""

    def __init__(self, reference: Reference, mapping: CategoriesMapping) -> None:
        self._limits = mapping.accept_limit, mapping.handle_limit
        self._minors = dict(reference.catalogue)
        self._majors = dict(reference.majors)
        self._words = mapping.words
        self.added: list[Category] = []
        for key, code in [*mapping.words.items(), ("other", mapping.other)]:
            if code is not None and code not in self._minors:
                sentence = f"categories, {key}: the catalogue has no class {code}"
                raise InvalidInput("categories", "unknown", sentence, code=code)

    def find(self, told: FileClass) -> str | None:
        """Return the code of a class of the file, None if the catalogue lacks it."""
        group, name, code = told
        by_words = self._words.get(plain(name))
        if by_words is not None:
            return by_words
        by_code = self._minors.get(code)
        # Elsewhere the same digits may stand for something else.
        if by_code is not None and (not name or plain(name) in _names(by_code)):
            return code
        named = [one for one in self._minors.values() if plain(name) in _names(one)]
        below = [one for one in named if plain(group) in _names(self._major_of(one))]
        # A name is enough where it is the only one of its kind and the file has no groups.
        fitting = below or ([] if group else named)
        return fitting[0].code if fitting else None

    def add(self, told: FileClass) -> str:
        """Add a class, with its major class if that is missing; return its code."""
        group, name, _code = told
        major = self._major(group or UNNAMED)
        taken = [int(code[2:]) for code in self._minors if code.startswith(major.code)]
        code = f"{major.code}{max(taken, default=0) + 1:02d}"
        category = _category(code, major.code, name or UNNAMED, self._limits)
        self._minors[category.code] = category
        self.added.append(category)
        return category.code

    def _major_of(self, minor: Category) -> Category:
        return self._majors[minor.parent_code or ""]

    def _major(self, name: str) -> Category:
        """Return the major class of a name that has room for one more class."""
        for number in range(1, _MOST + 1):
            wanted = name if number == 1 else f"{name} {number}"
            found = next((m for m in self._majors.values() if plain(wanted) in _names(m)), None)
            if found is None:
                return self._new_major(wanted)
            if f"{found.code}{_MOST}" not in self._minors:
                return found
        raise InvalidInput("categories", "too_many", f"there is no room for more classes of {name}")

    def _new_major(self, name: str) -> Category:
        number = max((int(code) for code in self._majors), default=0) + 1
        if number > _MOST:
            sentence = (
                f"the file has more than {_MOST} major classes ({name} is one too many): "
                "leave columns.group out, or give [categories] other"
            )
            raise InvalidInput("categories", "too_many", sentence)
        major = _category(f"{number:02d}", None, name, self._limits)
        self._majors[major.code] = major
        self.added.append(major)
        return major


def _names(category: Category) -> tuple[str, str]:
    return plain(category.name), plain(category.name_en)


def _category(code: str, parent: str | None, name: str, limits: tuple[Limit, Limit]) -> Category:
    """Return a class about which nothing is known but its name."""
    accept, handle = limits
    return Category(
        code=code,
        parent_code=parent,
        name=name,
        name_en=name,
        severity=1,
        default_level=Level.DISTRICT,
        unit_code=None,
        self_close=False,
        accept_limit=accept,
        handle_limit=handle,
        confidential=False,
        public=True,
        after_photo=False,
        hand_over=None,
        direct_unit=False,
        icon="other",
        keywords=(),
        tile=None,
        stages="",
    )
