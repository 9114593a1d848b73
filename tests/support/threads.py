"""Doing things at the same time, with real threads and real transactions."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask

LONGEST_S = 60.0


def at_once(
    app: Flask, works: Sequence[Callable[[], Any]], *, longest_s: float = LONGEST_S
) -> list[Any]:
    """Start each work in a thread of its own, all at one moment; return what came of them.

    An exception is returned in the place of the result, so that a test can say who lost.
    """
    found: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(place: int) -> None:
        try:
            start.wait(LONGEST_S)
            with app.app_context():
                found[place] = works[place]()
        except BaseException as error:  # the test judges it
            found[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(longest_s)
    assert not any(thread.is_alive() for thread in threads), "a thread did not come to its end"
    return found


def won(results: Sequence[Any]) -> list[Any]:
    """What came back without an exception."""
    return [result for result in results if not isinstance(result, BaseException)]


def lost(results: Sequence[Any]) -> list[BaseException]:
    """The exceptions."""
    return [result for result in results if isinstance(result, BaseException)]
