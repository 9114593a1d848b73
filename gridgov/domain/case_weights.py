"""How much one case makes up of a figure, given how the counters saw it.

The same rules as `services/behind.py` says to the database about the bits of a case: a list
of a past hour asks them of what a message of the log tells, a property test compares the two.
"""

from datetime import date

from gridgov.domain.case_counters import due_flags, flags
from gridgov.domain.counters import FactTable
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicator_model import Term, Terms


def weight(view: FactView, terms: Terms, today: date) -> int | None:
    """Return how much of some counters a case makes up on a local day; None in none of them.

    `terms` speak of cases, by the day received or due, not of what happened.
    """
    due, first = due_flags(view)
    names = {FactTable.RECEIVED: flags(view), FactTable.DUE: due | first}
    counted = [term for term in terms if _stands(view, term, names[term.table], today)]
    if not counted:
        return None
    return sum(term.weight * (view.repeats if _is_number(term) else 1) for term in counted)


def _is_number(term: Term) -> bool:
    return term.counter == "repeats"


def _stands(view: FactView, term: Term, names: frozenset[str], today: date) -> bool:
    if _is_number(term):
        return "repeated" in names
    come = "received" in names and view.due_on <= today
    if term.counter == "matured":
        return come
    if term.counter == "should_close":
        return come or "closed" in names
    return term.counter in names


def day_of(view: FactView, term: Term) -> date:
    """Return the local day on which a counter of a case stands."""
    if term.table is FactTable.RECEIVED:
        return view.received_on
    if term.counter.startswith("first_"):
        return view.first_due_on or view.due_on
    return view.due_on
