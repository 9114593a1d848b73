"""The workers behind the photos: crashes, hangs, crowds, forks, threads and greenlets."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gridgov.domain.errors import InvalidInput, Unavailable
from gridgov.gateways import photo_pool
from gridgov.gateways.photo_pool import PhotoPool
from gridgov.gateways.photos import PhotoStore
from tests.support import images

PHOTO = images.jpeg(size=(400, 300))
REQUEST = {"kind": "JPEG", "max_pixels": 30_000_000}
# Waited for to the end, and yet longer than a photo takes on a busy machine.
SHORT_S = 4.0
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PhotoStore]:
    photos = PhotoStore(tmp_path)
    yield photos
    photos.close()


def wait_until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.005)


def frozen_worker(store: PhotoStore | PhotoPool) -> int:
    """Stop the one idle worker where it is, as if its decoder hung, and return its pid."""
    (pid,) = store.status().idle
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_nothing_is_started_before_the_first_photo(store: PhotoStore) -> None:
    assert store.status().started == 0
    store.prepare(PHOTO)
    first = store.status()
    store.prepare(PHOTO)
    assert store.status() == first
    assert (first.started, len(first.idle), first.busy) == (1, 1, ())


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV])
def test_worker_that_dies_over_a_photo(store: PhotoStore, end: signal.Signals) -> None:
    store.prepare(PHOTO)
    pid = frozen_worker(store)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(store.prepare, PHOTO)
        wait_until(lambda: store.status().busy == (pid,))
        os.kill(pid, end)
        os.kill(pid, signal.SIGCONT) if end != signal.SIGKILL else None
        with pytest.raises(Unavailable):
            answer.result()
    assert store.prepare(PHOTO).width == 400
    assert pid not in store.status().idle


def test_worker_that_hangs_is_killed_after_the_time_out(tmp_path: Path) -> None:
    photos = PhotoStore(tmp_path, timeout_s=SHORT_S)
    photos.prepare(PHOTO)
    pid = frozen_worker(photos)
    with pytest.raises(Unavailable):
        photos.prepare(PHOTO)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert photos.prepare(PHOTO).width == 400
    photos.close()


def test_worker_that_died_while_idle_is_replaced_unnoticed(store: PhotoStore) -> None:
    store.prepare(PHOTO)
    (pid,) = store.status().idle
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert store.prepare(PHOTO).width == 400
    assert store.status().started == 2


def test_photo_that_needs_too_much_memory_is_damaged(tmp_path: Path) -> None:
    photos = PhotoStore(tmp_path, max_pixels=10**10)  # as if a header had lied
    with pytest.raises(InvalidInput) as caught:
        photos.prepare(images.png_bomb())
    assert caught.value.reason == "damaged"
    assert photos.prepare(PHOTO).width == 400
    photos.close()


def test_eight_threads_share_two_workers(tmp_path: Path) -> None:
    photos = PhotoStore(tmp_path, workers=2)
    inputs = [images.jpeg(size=(400 + 10 * number, 300)) for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        widths = [photo.width for photo in threads.map(photos.prepare, inputs * 3)]
    assert widths == [400 + 10 * number for number in range(8)] * 3
    status = photos.status()
    assert 1 <= status.started <= 2
    assert (status.busy, status.waiting) == ((), 0)
    photos.close()


def test_waiting_is_bounded() -> None:
    pool = PhotoPool(size=1, timeout_s=60, max_waiting=1)
    pool.run(REQUEST, PHOTO)
    pid = frozen_worker(pool)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(pool.run, REQUEST, PHOTO)
        wait_until(lambda: pool.status().busy == (pid,))
        second = threads.submit(pool.run, REQUEST, PHOTO)
        wait_until(lambda: pool.status().waiting == 1)
        with pytest.raises(Unavailable) as caught:
            pool.run(REQUEST, PHOTO)
        assert caught.value.values == {"waiting": 1}
        os.kill(pid, signal.SIGCONT)
        assert first.result()[0]["status"] == second.result()[0]["status"] == "clean"
    pool.close()


def test_waiting_ends_after_the_time_out() -> None:
    pool = PhotoPool(size=1, timeout_s=SHORT_S)
    pool.run(REQUEST, PHOTO)
    frozen_worker(pool)
    with ThreadPoolExecutor(3) as threads:
        answers = [threads.submit(pool.run, REQUEST, PHOTO) for _ in range(3)]
        errors = [answer.exception() for answer in answers]
    assert any(isinstance(error, Unavailable) for error in errors)
    assert all(error is None or isinstance(error, Unavailable) for error in errors)
    pool.close()


def test_worker_that_cannot_start_is_unavailable(
    store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable):
        store.prepare(PHOTO)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(Unavailable):
        store.prepare(PHOTO)
    monkeypatch.undo()
    assert store.prepare(PHOTO).width == 400


def test_worker_is_renewed_after_many_photos(
    store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_pool, "PHOTOS_PER_WORKER", 2)
    for _ in range(5):
        store.prepare(PHOTO)
    assert store.status().started == 3


def test_worker_sees_no_settings(store: PhotoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDGOV_DATABASE_URL", "postgresql://user:password@db/gridgov")
    store.prepare(PHOTO)
    (pid,) = store.status().idle
    assert b"GRIDGOV" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_close_ends_the_workers_even_over_a_photo(store: PhotoStore) -> None:
    store.prepare(PHOTO)
    pid = frozen_worker(store)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(store.prepare, PHOTO)
        wait_until(lambda: store.status().busy == (pid,))
        store.close()
        with pytest.raises(Unavailable):
            answer.result()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def run_script(script: str, tmp_path: Path) -> dict[str, object]:
    """Run a program beside the tests and return the JSON it prints last."""
    (tmp_path / "photo.jpg").write_bytes(PHOTO)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def assert_gone(pids: object) -> None:
    assert isinstance(pids, list)
    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


PREFORK = """
import json, os, sys
from pathlib import Path
from gridgov.gateways.photos import PhotoStore

folder = Path(sys.argv[1])
photo = (folder / "photo.jpg").read_bytes()
store = PhotoStore(folder)
store.prepare(photo)
parents = store.status().idle
children = []
for number in range(2):
    if os.fork() == 0:
        nothing_yet = store.status().idle == ()
        store.prepare(photo)
        (folder / f"child{number}").write_text(json.dumps([nothing_yet, store.status().idle]))
        sys.exit(0)
    os.wait()
    children.append(json.loads((folder / f"child{number}").read_text()))
store.prepare(photo)
assert store.status().idle == parents and store.status().started == 1
print(json.dumps({"parents": parents, "children": children}))
"""


def test_fork_gets_workers_of_its_own(tmp_path: Path) -> None:
    answer = run_script(PREFORK, tmp_path)
    assert isinstance(answer["children"], list)
    pids = [answer["parents"]]
    for nothing_yet, idle in answer["children"]:
        assert nothing_yet
        pids.append(idle)
    assert len({tuple(each) for each in pids}) == 3
    for each in pids:
        assert_gone(each)


GREENLETS = """
from gevent import monkey; monkey.patch_all()
import json, os, signal, sys
from pathlib import Path
import gevent
from gridgov.domain.errors import Unavailable
from gridgov.gateways.photos import PhotoStore

folder = Path(sys.argv[1])
photo = (folder / "photo.jpg").read_bytes()
store = PhotoStore(folder, workers=2, timeout_s=30)
jobs = [gevent.spawn(store.prepare, photo) for _ in range(8)]
gevent.joinall(jobs, raise_error=True)
shared = {"widths": [job.value.width for job in jobs], "started": store.status().started}

# One greenlet is killed over its photo, one worker dies over another. That this loop turns while
# the stopped workers have a photo each shows that waiting for them blocks nobody.
for pid in store.status().idle:
    os.kill(pid, signal.SIGSTOP)
stopped = store.status().idle
jobs = [gevent.spawn(store.prepare, photo) for _ in range(2)]
while sorted(store.status().busy) != sorted(stopped):
    gevent.sleep(0.005)
jobs[0].kill()
for pid in store.status().busy:
    os.kill(pid, signal.SIGKILL)
gevent.joinall(jobs)
dead = isinstance(jobs[1].exception, Unavailable)
again = store.prepare(photo).width
print(json.dumps({**shared, "dead": dead, "again": again,
                  "pids": [*stopped, *store.status().idle]}))
"""


def test_greenlets_share_two_workers_and_never_block_the_loop(tmp_path: Path) -> None:
    answer = run_script(GREENLETS, tmp_path)
    assert answer["widths"] == [400] * 8
    assert answer["started"] == 2
    assert answer["dead"] is True
    assert answer["again"] == 400
    assert_gone(answer["pids"])


def test_threads_that_come_and_go_leave_no_worker_behind(tmp_path: Path) -> None:
    photos = PhotoStore(tmp_path)
    for _ in range(3):
        thread = threading.Thread(target=photos.prepare, args=(PHOTO,))
        thread.start()
        thread.join()
    (pid,) = photos.status().idle
    del photos, thread
    with pytest.raises(ProcessLookupError):  # the store was dropped without being closed
        os.kill(pid, 0)
