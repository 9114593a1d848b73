"""What test processes need not pay for again and again.

Passwords are hashed at a hundredth of the cost (a sign-in at the real one takes a tenth of a
second and 64 MB; tests/test_harness.py sees that only tests do this), a template is
compiled once for all applications of a process instead of once for each, and Python looks for
rubbish as seldom as in a command (a tenth of all computing otherwise).
"""

import gc
from types import CodeType

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from passlib.hash import argon2

from gridgov.cli import collect_seldom


class Compiled(BytecodeCache):
    """The templates that were compiled, by the very text they were compiled from."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        assert bucket.code is not None
        self._kept[bucket.key, bucket.checksum] = bucket.code


def begin() -> None:
    """Let every application of this process be cheap."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
    argon2.memory_cost, argon2.default_rounds, argon2.parallelism = 1024, 1, 1
    collect_seldom()


def pytest_collection_finish() -> None:
    """Keep what was collected, thousands of tests, out of every later look for rubbish."""
    gc.collect()
    gc.freeze()
