"""The book of indicators: every figure gridgov shows, by its code."""

from collections.abc import Mapping

from gridgov.domain.errors import NotFound
from gridgov.domain.indicator_book_closure import CLOSURE
from gridgov.domain.indicator_book_counts import FLOWS, STANDING
from gridgov.domain.indicator_book_quality import QUALITY
from gridgov.domain.indicator_book_spells import SPELLS
from gridgov.domain.indicator_book_stages import STAGES
from gridgov.domain.indicator_model import Indicator, Words

FAMILIES: tuple[tuple[Words, tuple[Indicator, ...]], ...] = (
    (Words("数量", "How many"), STANDING),
    (Words("期内发生", "What happened in the period"), FLOWS),
    (Words("各环节", "The stages"), STAGES),
    (Words("结案", "Closure"), CLOSURE),
    (Words("质量", "Quality"), QUALITY),
    (Words("时长", "How long it took"), SPELLS),
)
BOOK: Mapping[str, Indicator] = {one.code: one for _family, part in FAMILIES for one in part}


def indicator(code: str) -> Indicator:
    """Return the definition of a code. Raises: NotFound."""
    found = BOOK.get(code)
    if found is None:
        raise NotFound(f"no indicator {code}")
    return found
