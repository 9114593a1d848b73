"""Places people name in a sentence: the areas meant, and "here" where none is named."""

import re
import unicodedata
from collections.abc import Iterator

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.routing import Net

# People say 合水圩, files say 合水社区. A village's bare name is no place: 水井 is a well too.
OFFICE = re.compile("(?:社区|社區|街道|村|镇|鎮)$")
SPOKEN = "(?:村|社区|社區|居委|圩|墟|旧区|舊區|新区|新區|小学|中学|市场)"
_HERE = re.compile(
    "我(?:们|們|哋)?(?:条)?(?:村|小区|小區|屋企|家|楼下|樓下|单位|單位|门口|門口)"
    "|本(?:村|小区|小區|社区|社區)|村(?:后面|後面|口|头|頭)|(?:楼|樓)(?:上|下)|家门口|家門口"
    "|附近|旁边|旁邊|这里|這裡|呢度|隔壁|隔离|隔離|对面|對面"
    r"|\b(?:our (?:village|street|building|house)|my (?:village|street|house|home)|next door|nearby"
    r"|here|across the (?:street|road)|upstairs|downstairs)\b"
)
# A landmark's own word ("篮球场" of 竹园篮球场) is long enough to be meant.
LEAST_LANDMARK = 2


def here(text: str) -> str | None:
    """Return the words that mean where the writer is ("我们村"), None without any."""
    hit = _HERE.search(unicodedata.normalize("NFKC", text).casefold())
    return None if hit is None else hit[0]


def named_in(net: Net, text: str, limit: int = 4) -> tuple[AreaShape, ...]:
    """Return the areas a sentence names, the finest first: grids by landmark, villages, towns.

    A town is named only where nothing finer is: it is found again in most addresses. A
    proposal for a person to choose from; nothing is placed by it.
    """
    plain = unicodedata.normalize("NFKC", text)
    villages = [area for area in net.areas(AreaKind.VILLAGE) if _names(plain, area, bare=False)]
    found = [*_by_landmark(net, villages, plain), *villages]
    if not found:
        found = [area for area in net.areas(AreaKind.TOWN) if _names(plain, area, bare=True)]
    return tuple(dict.fromkeys(found))[:limit]


def stem(name: str) -> str:
    """Return an area's name without its office: 合水 for 合水社区."""
    return OFFICE.sub("", name)


def _names(text: str, area: AreaShape, *, bare: bool) -> bool:
    if area.name in text or (area.name_en and area.name_en.casefold() in text.casefold()):
        return True
    short = stem(area.name)
    spoken = "" if bare else SPOKEN
    return len(short) >= 2 and re.search(re.escape(short) + spoken, text) is not None


def _by_landmark(net: Net, villages: list[AreaShape], text: str) -> Iterator[AreaShape]:
    """Yield the grids of the villages whose landmark the sentence names as well."""
    for village in villages:
        short = stem(village.name)
        for grid in net.children(village.code):
            own = (mark.removeprefix(short) for mark in grid.landmarks)
            if any(len(word) >= LEAST_LANDMARK and word in text for word in own):
                yield grid
