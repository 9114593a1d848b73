"""What a text is found by: pairs of Chinese characters, whole words of everything else.

A text is folded (full width to half width, capitals to small letters) and cut into runs of
Chinese characters and words of letters and digits; what stands between is thrown away. The
`canonical` form keeps the runs with one space between them, and finding means that the form
of what was asked for occurs in it; a word matches from its beginning on. The tokens only
tell an index where to look: two neighbouring characters for a run, the whole for a word.
Pure; one spelling for both databases.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# From the radicals on: Han, kana, Hangul and everything behind them is written without spaces.
FIRST_CJK = 0x2E80
_RUNS = re.compile(r"[^\W_\u2e80-\U0010ffff]+|[^\W_\x00-\u2e7f]+")
MAX_WORD = 64  # characters of a word that are indexed; the rest is compared
MAX_TERMS = 8


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for: what must be in the index, and the words to compare with.

    `whole` tokens stand there as they are, `begun` ones begin a token. `exact` tells that
    the index alone decides.
    """

    canonical: str
    whole: tuple[str, ...]
    begun: tuple[str, ...]
    exact: bool


def folded(text: str) -> str:
    """Return a text in half width and small letters, composed."""
    found = unicodedata.normalize("NFKC", text).casefold()
    if unicodedata.is_normalized("NFKC", found):
        return found
    return unicodedata.normalize("NFKC", found)


def runs(text: str) -> list[str]:
    """Return the runs of Chinese characters and the words of a text, folded, in its order."""
    return _RUNS.findall(folded(text))


def canonical(texts: Iterable[str | None]) -> str:
    """Return texts in the form they are compared in: runs, each after one space."""
    return "".join(f" {run}" for text in texts if text for run in runs(text))


def tokens(form: str) -> str:
    """Return what the index keeps of a canonical form, each token once, by spaces."""
    found: dict[str, None] = {}
    for run in form.split():
        if not _is_cjk(run):
            found[run[:MAX_WORD]] = None
            continue
        for at in range(len(run)):
            found[run[at : at + 2]] = None  # the last character stands alone
    return " ".join(found)


def terms(asked: str) -> list[Term]:
    """Return what a person asked for, term by term; all of them must be found.

    At most `MAX_TERMS`; what holds no letter and no digit is no term.
    """
    found = [_term(runs(word)) for word in folded(asked).split()]
    return [term for term in found if term is not None][:MAX_TERMS]


def _term(parts: list[str]) -> Term | None:
    if not parts:
        return None
    whole: list[str] = []
    begun: list[str] = []
    for number, part in enumerate(parts):
        if not _is_cjk(part):
            # The last word may go on; a cut one is a beginning in any case.
            last = number == len(parts) - 1
            (begun if last or len(part) > MAX_WORD else whole).append(part[:MAX_WORD])
        elif len(part) == 1:
            begun.append(part)
        else:
            whole.extend(part[at : at + 2] for at in range(len(part) - 1))
    form = " ".join(parts)
    if not _is_cjk(parts[0]):
        form = f" {form}"
    exact = len(parts) == 1 and len(parts[0]) <= (2 if _is_cjk(parts[0]) else MAX_WORD)
    return Term(form, tuple(dict.fromkeys(whole)), tuple(dict.fromkeys(begun)), exact)


def _is_cjk(run: str) -> bool:
    return ord(run[0]) >= FIRST_CJK
