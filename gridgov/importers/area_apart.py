"""Reading a file of areas in a process of its own.

A net of 150,000 areas takes seconds of work and hundreds of megabytes to read. Under gevent
that would hold up every socket of the worker (which gunicorn kills after a minute of
silence), and the memory would never come back. A process that ends gives both back, and a
decoder that breaks over a file breaks nothing else.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from gridgov.domain.area_imports import UnusableFeatures
from gridgov.domain.errors import InvalidInput, Unavailable

Found = TypeVar("Found")

TIMEOUT_S: Final = 300
_ROOT: Final = Path(__file__).resolve().parents[2]
# The process gets no settings: a broken decoder has no password to find in its environment.
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH")


def apart(work: Callable[..., Found], *args: Any, **more: Any) -> Found:
    """Return what a function of a module makes of its arguments, in a process of its own.

    Raises: InvalidInput and UnusableFeatures as the function does; Unavailable where the
    process broke or took longer than TIMEOUT_S.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=pickle.dumps((work, args, more)),
            capture_output=True,
            timeout=TIMEOUT_S,
            cwd=_ROOT,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"reading took longer than {TIMEOUT_S} s") from error
    except (subprocess.CalledProcessError, OSError) as error:
        told = getattr(error, "stderr", b"") or b""
        said = told.decode(errors="replace")[-400:]
        raise Unavailable(f"the process that reads broke: {error} {said}") from error
    refused, found = pickle.loads(done.stdout)  # noqa: S301  # our own process wrote it
    if refused:
        raise _error(*found)
    result: Found = found
    return result


def _error(
    field: str, reason: str, sentence: str, values: dict[str, Any], problems: Any
) -> InvalidInput:
    if problems is not None:
        return UnusableFeatures(values["file"], problems)
    return InvalidInput(field, reason, sentence, **values)


def main() -> None:
    """Do one piece of work from standard input to standard output."""
    # What a decoder prints must not stand in the answer.
    answer, sys.stdout = sys.stdout.buffer, sys.stderr
    work, args, more = pickle.load(sys.stdin.buffer)  # noqa: S301  # our own parent wrote it
    try:
        told: tuple[bool, Any] = (False, work(*args, **more))
    except InvalidInput as error:
        problems = error.problems if isinstance(error, UnusableFeatures) else None
        told = (True, (error.field, error.reason, str(error), error.values, problems))
    answer.write(pickle.dumps(told))
    answer.flush()


if __name__ == "__main__":
    main()
