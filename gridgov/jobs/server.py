"""The default profile's server: one process, threads, HTTP and websockets."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

# Every open board holds a thread; 500 boards are what this profile promises.
THREADS = 600


class OneProcess(BaseApplication):
    """gunicorn with one threaded worker, configured from here instead of a file."""

    def __init__(self, app: Flask, options: dict[str, Any], started: Callable[[], None]) -> None:
        """Keep the application; `started` runs in the worker before it serves."""
        self.application = app
        self.options = options
        self.started = started
        super().__init__()

    def load_config(self) -> None:
        """Hand our options to gunicorn."""
        for name, value in self.options.items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", lambda _worker: self.started())

    def load(self) -> Flask:
        """Return the application to serve."""
        return self.application


def serve(
    app: Flask,
    *,
    host: str,
    port: int,
    certificate: tuple[str, str] | None,
    started: Callable[[], None],
) -> None:
    """Serve until stopped; with a certificate over HTTPS."""
    options: dict[str, Any] = {
        "bind": f"{host}:{port}",
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": 120,
        "graceful_timeout": 3,
        "keepalive": 5,
        "loglevel": "warning",
    }
    if certificate is not None:
        options |= {"certfile": certificate[0], "keyfile": certificate[1]}
    OneProcess(app, options, started).run()
