"""Scheduling's composition root: its parts are put together here, and nothing connects before they are started."""

from flask import Flask

from services.scheduling.agendas import api as agenda_api
from services.scheduling.agendas import handlers as agenda_handlers
from services.scheduling.agendas import jobs as agenda_jobs
from services.scheduling.agendas.store import agendas
from services.scheduling.agendas.store.demand import demand
from services.scheduling.attendance import api as attendance_api
from services.scheduling.attendance import handlers as attendance_handlers
from services.scheduling.attendance import jobs as attendance_jobs
from services.scheduling.attendance.domain import rules
from services.scheduling.attendance.pages import desk, forms, monitor, my, presenting, review, verifying
from services.scheduling.attendance.store import attendance
from services.scheduling.call import api as call_api
from services.scheduling.call import store as call
from services.scheduling.call.pages import desk as call_desk
from services.scheduling.call.pages import errata
from services.scheduling.call.pages import proposing as call_pages
from services.scheduling.call.pages import speaking as speaker_pages
from services.scheduling.call.pages.opening import call_is_open
from services.scheduling.conferences.store import COLLECTIONS
from services.scheduling.decisions import api, handlers, jobs
from services.scheduling.decisions import store as decisions
from services.scheduling.decisions.pages import desk as pages
from services.scheduling.decisions.pages import live
from services.scheduling.programme import handlers as programme_handlers
from services.scheduling.programme import jobs as programme_jobs
from services.scheduling.programme.api import exchange as programme_exchange
from services.scheduling.programme.api import programme as programme_api
from services.scheduling.programme.pages import draft as draft_pages
from services.scheduling.programme.pages import files as programme_pages
from services.scheduling.programme.pages import frame as frame_pages
from services.scheduling.programme.pages import people as people_pages
from services.scheduling.programme.pages import sessions as session_pages
from services.scheduling.programme.store import programme
from services.scheduling.recovery import RECOVERY
from services.scheduling.releases import api as release_api
from services.scheduling.releases import jobs as release_jobs
from services.scheduling.releases.pages import desk as release_pages
from services.scheduling.releases.pages import public as release_public
from services.scheduling.releases.pages import visiting
from services.scheduling.releases.store import releases
from services.scheduling.repair import api as repair_api
from services.scheduling.repair import pages as repair_pages
from services.scheduling.repair import store as repair
from services.scheduling.repair.jobs import searching as repair_jobs
from services.scheduling.unheard import UNHEARD
from services.scheduling.visits.pages import agenda as my_pages
from services.scheduling.visits.pages import renewing as personal_pages
from shared.contracts.flow import handlers_of
from shared.jobs import Executor
from shared.kafka import Broker
from shared.mongo import Database
from shared.process import Parts
from shared.relay import Relay
from shared.settings import Settings
from shared.web.app import create_web
from shared.web.pace import Pace
from shared.worker import Worker


def create(settings: Settings) -> Parts:
    """All parts of the service."""
    database = Database(settings.mongo_url, name=settings.database_name, service=settings.service)
    broker = Broker(settings)
    tables = rules.from_environment(settings.environment)
    return Parts(
        settings=settings,
        database=database,
        broker=broker,
        web=_web(settings, database),
        worker=_worker(settings, database, broker),
        relay=Relay(database, broker, topic=settings.topic(settings.service)),
        collections=(
            *COLLECTIONS,
            *decisions.COLLECTIONS,
            *programme.COLLECTIONS,
            *releases.COLLECTIONS,
            *agendas.COLLECTIONS,
            *attendance.COLLECTIONS,
            *repair.COLLECTIONS,
            *call.COLLECTIONS,
        ),
        executors=(
            Executor(database, jobs.comparing(database)),
            Executor(database, programme_jobs.cast_runs(database)),
            Executor(database, attendance_jobs.reckoning(database, tables)),
            Executor(database, release_jobs.fanouts(database)),
            Executor(database, repair_jobs.searching(database)),
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


def _web(settings: Settings, database: Database) -> Flask:
    app, web_api = create_web(settings, database, import_name=__name__, title="Reconvene scheduling")
    app.config["DEMAND"] = demand  # the draft asks what people want of it, and knows nothing of agendas
    web_api.spec.components.security_scheme("desk", {"type": "http", "scheme": "basic"})
    web_api.register_blueprint(api.blueprint)
    web_api.register_blueprint(programme_api.blueprint)
    web_api.register_blueprint(programme_exchange.blueprint)
    web_api.register_blueprint(attendance_api.blueprint)
    web_api.register_blueprint(attendance_api.desk_blueprint)
    web_api.register_blueprint(agenda_api.blueprint)
    web_api.register_blueprint(repair_api.blueprint)
    web_api.register_blueprint(call_api.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(programme_pages.blueprint)
    app.register_blueprint(live.blueprint)
    app.register_blueprint(repair_pages.blueprint)
    for part in (draft_pages, session_pages, frame_pages, people_pages):
        app.register_blueprint(part.blueprint)
    app.register_blueprint(my_pages.blueprint)
    app.register_blueprint(personal_pages.blueprint)
    app.config[forms.RULES] = rules.from_environment(settings.environment)
    for each in (monitor, my, verifying, desk, review, presenting):
        app.register_blueprint(each.blueprint)
    web_api.register_blueprint(release_api.blueprint)
    app.register_blueprint(release_pages.blueprint)
    app.register_blueprint(release_public.blueprint)
    app.register_blueprint(visiting.blueprint)
    app.jinja_env.globals["programme_is_published"] = visiting.is_published  # likewise of releases
    app.config["CALL_PACE"] = Pace()
    app.jinja_env.globals["call_is_open"] = call_is_open  # a conference's own page knows nothing of calls
    for part in (call_pages, call_desk, speaker_pages, errata):
        app.register_blueprint(part.blueprint)
    return app


def _worker(settings: Settings, database: Database, broker: Broker) -> Worker:
    heard = handlers_of(handlers, programme_handlers, agenda_handlers, attendance_handlers)
    return Worker(database, broker, settings, handlers=heard, ignored=UNHEARD)
