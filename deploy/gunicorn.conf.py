"""gunicorn's settings for production: `gunicorn -c deploy/gunicorn.conf.py`.

Two gevent workers on PostgreSQL + PostGIS, behind a proxy of yours that ends TLS
(deploy/nginx.conf.example). SQLite is for one process: use `gridgov start` there.
"""

import os
from pathlib import Path

wsgi_app = "wsgi:app"
chdir = str(Path(__file__).resolve().parent.parent)
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"

# Any number of workers serves the board without sticky sessions or a broker: each tails
# the log of the database by itself, and browsers use the websocket transport only (20 of
# 20 clients served from two processes; long polling, whose requests change process, lost
# 12 of 20).
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# One greenlet a socket: 2,500 boards a process at p95 317 ms, where a thread a socket
# fell over at 1,000. The eventlet worker is gone since gunicorn 26.
worker_class = "gevent"
worker_connections = 3000
raw_env = ["GRIDGOV_ASYNC_MODE=gevent"]

# Off: the worker patches the standard library first and imports the application after
# it. psycopg looks once, when imported, whether `select` is patched: preloaded it chose
# its blocking wait (seen), and one query would hold up every socket of the process.
# Tails, grid index and connections are each process's own as well. Sharing the imports
# saves nothing here: three processes took 224 MB without preloading and 226 MB with it.
preload_app = False

# A gevent worker reports itself alive from its loop; silence means that something blocks it.
timeout = 60
# Open sockets would hold an old worker for ever; browsers reconnect with their cursor.
graceful_timeout = 10
keepalive = 5
# Only the proxy on this machine may say who the client is and that it came by HTTPS.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")

# The proxy keeps the access log.
accesslog = None
errorlog = "-"
