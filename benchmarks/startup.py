"""Measure `make run`: from a fresh clone to the first page, and the starts after that.

    python -m benchmarks.startup [--json]

HEAD of this tree is cloned into a temporary folder; `make run` there makes its own
virtual environment with pip (an empty download cache), the database and the sample
district, and serves. The time runs until `/` answers 200. Then it is stopped and started
again. Baselines: the lines of the first start that are pip's alone, and the bare import of
the program for the later ones.
"""

import contextlib
import http.client
import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import alone, servers

TITLE = "make run"
AIM_FIRST_S = 180.0  # with the sample's sixteen months
AIM_AGAIN_S = 5.0
PATIENCE_S = 300.0
AGAIN = 3
# The first line of each step, as `make run` prints it.
STEPS = {
    "gridgov: making .venv": "environment",
    "gridgov: installing the packages": "packages",
    "gridgov · ": "program",
    "· empty database": "sample",
    "Serving": "server",
}


def run() -> dict[str, Any]:
    """Measure the first start of a clone and the starts after it.

    Returns `{"first_s", "steps": {step: seconds}, "again_s": [seconds], "imports_s"}`.
    """
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        clone = Path(folder) / "gridgov"
        git = ["git", "clone", "--quiet", "--no-hardlinks", str(servers.ROOT), str(clone)]
        subprocess.run(git, check=True)
        first_s, steps = _start(clone)
        again = [_start(clone)[0] for _ in range(AGAIN)]
        imports = [_imports(clone) for _ in range(AGAIN)]
    return {
        "first_s": round(first_s, 1),
        "steps": {name: round(spent, 1) for name, spent in steps.items()},
        "again_s": [round(spent, 2) for spent in again],
        "imports_s": round(statistics.median(imports), 2),
    }


def _start(clone: Path) -> tuple[float, dict[str, float]]:
    """Run `make run` until `/` answers 200; return the seconds, in all and per step."""
    port = servers.free_port()
    settings = servers.environment(PORT=str(port), PIP_NO_CACHE_DIR="1", PYTHONUNBUFFERED="1")
    began = time.perf_counter()
    seen: list[tuple[str, float]] = []
    with _making(clone, settings, seen) as process:
        while not _serves(port):
            late = time.perf_counter() - began > PATIENCE_S
            if late or process.poll() is not None:
                raise RuntimeError(f"make run did not serve: {[line for line, _ in seen][-20:]}")
            time.sleep(0.05)
        ended = time.perf_counter()
    return ended - began, _steps(seen, ended)


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False


@contextlib.contextmanager
def _making(
    clone: Path, settings: dict[str, str], seen: list[tuple[str, float]]
) -> Iterator[subprocess.Popen[str]]:
    """Run `make run`, noting when each line was printed; end all it started."""
    process = subprocess.Popen(
        ["make", "run"],
        cwd=clone,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # one group, so that one signal ends make and its children
    )

    def note() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            seen.append((line.rstrip(), time.perf_counter()))

    reader = threading.Thread(target=note, daemon=True)
    reader.start()
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(servers.GONE_WITHIN_S)
        reader.join(5)


def _steps(seen: list[tuple[str, float]], ended: float) -> dict[str, float]:
    """Return how long each step took: from its first line to that of the next."""
    begins = [
        (step, at) for line, at in seen for start, step in STEPS.items() if line.startswith(start)
    ]
    ends = [at for _, at in begins[1:]] + [ended]
    return {step: end - at for (step, at), end in zip(begins, ends, strict=True)}


def _imports(clone: Path) -> float:
    """Return the seconds of the least a start can do: Python with the program imported."""
    start = time.perf_counter()
    command = [str(clone / ".venv" / "bin" / "python"), "-c", "import gridgov.cli"]
    subprocess.run(command, cwd=clone, env=servers.environment(), check=True)
    return time.perf_counter() - start


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    pip = result["steps"]["packages"]
    again = statistics.median(result["again_s"])
    steps = ", ".join(f"{name} {spent} s" for name, spent in result["steps"].items())
    return "\n".join(
        [
            "A clone of HEAD in an empty folder, `make run` until `/` answers 200. The first "
            "start installs with pip and an empty download cache; the later ones find all in "
            f"place (median of {len(result['again_s'])}).",
            "",
            "| start | seconds | aim | baseline | ratio |",
            "|---|---|---|---|---|",
            f"| first | {result['first_s']} | < {AIM_FIRST_S:.0f} | {pip} (pip alone) | "
            f"{result['first_s'] / pip:.1f} |",
            f"| again | {again} | < {AIM_AGAIN_S:.0f} | {result['imports_s']} (importing the "
            f"program) | {again / result['imports_s']:.1f} |",
            "",
            f"Steps of the first start: {steps}. How long pip takes is the network's, mostly.",
        ]
    )


if __name__ == "__main__":
    alone.main(__doc__, run, as_markdown)
