"""The entry for WSGI servers (deploy/gunicorn.conf.py): one application per process."""

from gridgov.app import create_app, start_background

app = create_app()
start_background(app)
