"""The command `gridgov`, run as an operator runs it, many times.

Each run is a process with an environment and output of its own. It is forked from one that
has done nothing but read the program in, which takes Python longer than most commands take.
That the installed script starts from nothing is seen in tests/services/test_history_command.py.
"""

import os
import sys
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from gridgov.cli import main
from tests.support.app import Installation

PATIENCE_S = 300
_context = get_context("forkserver")
_context.set_forkserver_preload([__name__])


def gridgov(installation: Installation, *arguments: object) -> CompletedProcess[str]:
    """Run the command on an installation; return its exit code and what it said."""
    words = ["gridgov", *map(str, arguments)]
    settings = {
        "GRIDGOV_DATABASE_URL": installation.url,
        "GRIDGOV_INSTANCE": str(installation.instance),
    }
    with TemporaryDirectory() as folder:
        said, complained = Path(folder, "stdout"), Path(folder, "stderr")
        process = _context.Process(target=_run, args=(words, settings, said, complained))
        process.start()
        process.join(PATIENCE_S)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{words} was not done in {PATIENCE_S} s: {complained.read_text()}")
        return CompletedProcess(words, process.exitcode, said.read_text(), complained.read_text())


def _run(words: list[str], settings: dict[str, str], said: Path, complained: Path) -> None:
    """In the new process: only its own settings, its own output, nothing to read."""
    for name in [name for name in os.environ if name.startswith("GRIDGOV_")]:
        del os.environ[name]
    os.environ.update(settings)
    for number, path, mode in ((0, os.devnull, "r"), (1, said, "w"), (2, complained, "w")):
        with open(path, mode) as file:
            os.dup2(file.fileno(), number)
    sys.argv = words
    main()
