"""The roof: joins everything into one application."""

import gc

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from gridgov.config import ROOT, Settings
from gridgov.gateways.area_uploads import AreaUploads
from gridgov.gateways.keys import load, load_or_create
from gridgov.gateways.photos import PhotoStore
from gridgov.gateways.senders import Senders
from gridgov.gateways.vault import Vault
from gridgov.importers.area_desk import DeskFiles
from gridgov.importers.setup_desk import SetupDesk
from gridgov.jobs import notices, timetable
from gridgov.jobs.address import base_url
from gridgov.storage import tables
from gridgov.storage.base import db
from gridgov.storage.session import engine_options, prepare_engine
from gridgov.web import (
    admin_catalogue,
    admin_closing,
    admin_exports,
    admin_imports,
    admin_keys,
    admin_limits,
    admin_people,
    admin_replies,
    admin_rules,
    admin_switches,
    admin_units,
    board_analysis,
    board_behind,
    board_export,
    board_lamps,
    board_views,
    board_wall,
    case_files,
    checks_export,
    desk_answers,
    desk_approvals,
    desk_bulk,
    desk_export,
    desk_intake,
    desk_receipts,
    desk_split,
    found,
    grids_activation,
    grids_borders,
    grids_checks,
    grids_editor,
    grids_edits,
    grids_export,
    grids_import,
    grids_lists,
    grids_map,
    grids_rehearsal,
    grids_versions,
    notices_admin,
    notices_export,
    open_data,
    open_pages,
    publish_cases,
    receipt_answers,
    receipt_browser,
    receipt_lost,
    receipt_pages,
    rehearsal_files,
    report_form,
    roster_export,
    shell,
)
from gridgov.web.admin import admin
from gridgov.web.api import api
from gridgov.web.api_docs import api_docs
from gridgov.web.board import board
from gridgov.web.desk import desk
from gridgov.web.errors import init_errors
from gridgov.web.grids import grids
from gridgov.web.health import health
from gridgov.web.i18n import init_languages
from gridgov.web.instance import EXTENSION, Instance
from gridgov.web.leave import leave
from gridgov.web.live import init_live
from gridgov.web.login import init_login
from gridgov.web.notice_words import Words
from gridgov.web.notices import notices as account_notices
from gridgov.web.open311 import open311
from gridgov.web.open_base import everybody
from gridgov.web.passwords import init_passwords
from gridgov.web.publish import publish
from gridgov.web.report_pages import report_pages
from gridgov.web.resident import resident
from gridgov.web.roster import roster
from gridgov.web.security import init_security
from gridgov.web.tail import start_tail
from gridgov.web.work import work

# Importing them is what puts their tables and routes in place.
PARTS = (
    tables,
    admin_catalogue,
    admin_closing,
    admin_exports,
    admin_imports,
    admin_keys,
    admin_limits,
    admin_people,
    admin_replies,
    admin_rules,
    admin_switches,
    admin_units,
    board_analysis,
    board_behind,
    board_export,
    board_lamps,
    board_views,
    board_wall,
    case_files,
    checks_export,
    desk_answers,
    desk_approvals,
    desk_bulk,
    desk_export,
    desk_intake,
    desk_receipts,
    desk_split,
    found,
    grids_activation,
    grids_borders,
    grids_checks,
    grids_editor,
    grids_edits,
    grids_export,
    grids_import,
    grids_lists,
    grids_map,
    grids_rehearsal,
    grids_versions,
    open_data,
    open_pages,
    publish_cases,
    notices_admin,
    notices_export,
    receipt_answers,
    receipt_browser,
    receipt_lost,
    receipt_pages,
    rehearsal_files,
    report_form,
    roster_export,
)
BLUEPRINTS = (
    resident,
    shell.staff_home,
    work,
    desk,
    board,
    report_pages,
    admin,
    roster,
    leave,
    grids,
    api,
    api_docs,
    open311,
    everybody,
    publish,
    account_notices,
    health,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for an installation; nothing runs in the background yet."""
    settings = settings or Settings()
    _plain_log()
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = Flask(
        "gridgov",
        static_folder=str(ROOT / "static"),
        template_folder=str(ROOT / "templates"),
        instance_path=str(settings.instance.resolve()),
    )
    app.testing = settings.testing
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.url()
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.url())
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    key_file = settings.instance / "keys.json"
    keys = load_or_create(key_file)
    held = Instance(
        settings,
        keys,
        Vault(keys, reload=lambda: load(key_file)),
        PhotoStore(settings.instance / "photos"),
        AreaUploads(settings.instance / "area-uploads"),
        DeskFiles(apart=settings.async_mode == "gevent"),
        SetupDesk(),
        Senders(settings, keys),
    )
    app.extensions[EXTENSION] = held
    _prepare_database(app)
    init_languages(app)
    init_security(app, held)
    init_login(app)  # which brings a JSON writer of its own
    init_passwords(app)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    init_errors(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    shell.init_shell(app)
    init_live(app, settings.async_mode)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    return app


def _plain_log() -> None:
    """Write traces without the values of variables, whatever else is installed.

    Where the package rich is there, structlog would print them: a resident's words and phone.
    """
    printer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], printer])


def _prepare_database(app: Flask) -> None:
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        prepare_engine(db.engine)


def start_background(app: Flask) -> None:
    """Start what runs beside the requests of one web process: the tail and the timetable."""
    settings: Settings = app.extensions[EXTENSION].settings
    # What is loaded by now stays: collecting need not look at it (a quarter of a big sweep).
    gc.collect()
    gc.freeze()
    start_tail(app, settings.tail_interval_s)
    if settings.timetable:
        app.extensions["gridgov_timetable"] = start_timetable(app)
    structlog.get_logger().info("background started", mode=settings.async_mode)


def start_timetable(app: Flask) -> BackgroundScheduler:
    """Start what is due by the clock, notices among it."""
    held: Instance = app.extensions[EXTENSION]
    scheduler = timetable.start(app.app_context, held.area_uploads.tidy)
    notices.add_ticks(scheduler, app.app_context, post_of(held))
    return scheduler


def post_of(held: Instance) -> notices.Post:
    """Return what an installation plans and sends notices with."""
    links = held.settings.public_url.rstrip("/") or base_url(held.settings)
    return notices.Post(held.senders, held.vault, Words(), links)
