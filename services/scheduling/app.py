"""Scheduling's composition root: its parts are put together here, and nothing connects before they are started."""

from flask import Flask

from services.scheduling.agendas import jobs as agenda_jobs
from services.scheduling.agendas.store.demand import demand
from services.scheduling.attendance import jobs as attendance_jobs
from services.scheduling.attendance.domain import rules
from services.scheduling.attendance.domain.rules import Rules
from services.scheduling.attendance.store import attendance
from services.scheduling.call.pages.proposing import CallPace
from services.scheduling.decisions.jobs.carrying_out import carrying_out
from services.scheduling.decisions.jobs.comparing import comparing
from services.scheduling.parts import MANIFEST
from services.scheduling.previews import jobs as preview_jobs
from services.scheduling.programme import jobs as programme_jobs
from services.scheduling.programme.store.asked import DemandSource
from services.scheduling.programme.store.programme import is_speaker_there
from services.scheduling.recovery import RECOVERY
from services.scheduling.releases import jobs as release_jobs
from services.scheduling.releases.pages.visiting import PartsKept
from services.scheduling.repair.jobs import searching as repair_jobs
from services.scheduling.series.store import is_series_seen
from services.scheduling.unheard import UNHEARD
from services.scheduling.visits.pages import front
from shared.jobs import Executor
from shared.kafka import Broker
from shared.mongo import Database
from shared.parts import Assembly
from shared.process import Parts
from shared.reach import Whereabouts
from shared.relay import Relay
from shared.settings import Settings
from shared.web.app import create_web
from shared.web.words import add_templates
from shared.worker import Worker

LOOK_SECONDS = 60.0  # how often an armed decision looks at the clock at least
LOOK_SECONDS_MOVABLE = 1.0  # where the clock may be moved, its time may come at any moment


def create(settings: Settings) -> Parts:
    """All parts of the service."""
    database = Database(settings.mongo_url, name=settings.database_name, service=settings.service)
    broker = Broker(settings)
    tables = rules.from_environment(settings.environment)
    look_seconds = LOOK_SECONDS_MOVABLE if settings.clock_movable else LOOK_SECONDS
    return Parts(
        settings=settings,
        database=database,
        broker=broker,
        web=_web(settings, database, tables),
        worker=_worker(settings, database, broker),
        relay=Relay(database, broker, topic=settings.topic(settings.service)),
        collections=MANIFEST.collections,
        executors=(
            Executor(database, comparing(database)),
            Executor(database, carrying_out(database, look_seconds=look_seconds)),
            Executor(database, programme_jobs.cast_runs(database)),
            Executor(database, attendance_jobs.reckoning(database, tables)),
            Executor(database, release_jobs.fanouts(database)),
            Executor(database, repair_jobs.searching(database)),
            Executor(database, preview_jobs.previewing(database)),
        ),
        loops=(
            agenda_jobs.minding(database, present=attendance.present),
            attendance_jobs.watching(database, tables, key=settings.secret_key),
        ),
        recovery=RECOVERY,
    )


def create_app(settings: Settings) -> Flask:
    """The web side alone: API and pages."""
    return create(settings).web


def create_worker(settings: Settings) -> Worker:
    """The worker alone, which listens to the other services."""
    return create(settings).worker


def _web(settings: Settings, database: Database, tables: Rules) -> Flask:
    app, web_api = create_web(settings, database, import_name=__name__, title="Reconvene scheduling")
    Assembly(
        tables,
        DemandSource(demand),
        CallPace(),
        PartsKept(),
        front.DESK,
        Whereabouts.of(MANIFEST, person=is_speaker_there, series=is_series_seen),
    ).attach(app)
    add_templates(app, MANIFEST.template_folders)
    app.static_folder = "static"
    app.add_url_rule("/scheduling/static/<path:filename>", endpoint="static", view_func=app.send_static_file)
    for each in MANIFEST.blueprints("api"):
        web_api.register_blueprint(each)
    for each in MANIFEST.blueprints("pages"):
        app.register_blueprint(each)
    return app


def _worker(settings: Settings, database: Database, broker: Broker) -> Worker:
    return Worker(database, broker, settings, handlers=MANIFEST.handlers, ignored=UNHEARD)
