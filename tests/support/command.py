"""The command `gridgov`, run as an operator runs it, many times.

Each run is a process with an environment and output of its own, forked from one that has
done nothing but read the program in.
That the installed script starts from nothing is seen in tests/services/test_history_command.py.
"""

import os
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from gridgov.cli import main
from tests.support.app import Installation
from tests.support.processes import forked

PATIENCE_S = 300


def gridgov(installation: Installation, *arguments: object) -> CompletedProcess[str]:
    """Run the command on an installation; return its exit code and what it said."""
    words = ["gridgov", *map(str, arguments)]
    with TemporaryDirectory() as folder:
        said, complained = Path(folder, "stdout"), Path(folder, "stderr")
        process = begin(words, settings_of(installation), said, complained)
        process.join(PATIENCE_S)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{words} was not done in {PATIENCE_S} s: {complained.read_text()}")
        return CompletedProcess(words, process.exitcode, said.read_text(), complained.read_text())


def settings_of(installation: Installation) -> dict[str, str]:
    """Return what the environment tells a process about an installation."""
    return {
        "GRIDGOV_DATABASE_URL": installation.url,
        "GRIDGOV_INSTANCE": str(installation.instance),
    }


def begin(words: list[str], settings: dict[str, str], said: Path, complained: Path) -> BaseProcess:
    """Start the command in a process of its own; both may say it to one file."""
    return forked(_run, words, settings, said, complained)


def _run(words: list[str], settings: dict[str, str], said: Path, complained: Path) -> None:
    """In the new process: only its own settings, its own output, nothing to read."""
    for name in [name for name in os.environ if name.startswith("GRIDGOV_")]:
        del os.environ[name]
    os.environ.update(settings)
    for number, path, mode in ((0, os.devnull, "r"), (1, said, "a"), (2, complained, "a")):
        with open(path, mode) as file:
            os.dup2(file.fileno(), number)
    sys.argv = words
    main()
