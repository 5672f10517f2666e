"""Registration's composition root: its parts are put together here, and nothing connects before they are started."""

from flask import Flask

from services.registration.associations.store import is_own_association
from services.registration.changing import jobs as runs
from services.registration.changing.commands.kind import kinds_in
from services.registration.changing.store import OLD_RUNS
from services.registration.erasing import jobs as erasures
from services.registration.parts import MANIFEST
from services.registration.previews import jobs as previews
from services.registration.providers.jobs.configured import configured
from services.registration.providers.jobs.door import Door
from services.registration.recovery import RECOVERY
from services.registration.registering import jobs as holds
from services.registration.registering.commands import EARLIER_ORDERS
from services.registration.registering.pages import front
from services.registration.registering.schemas.pace import FormPace
from services.registration.registering.store import is_person_there
from services.registration.unheard import UNHEARD
from shared.jobs import Executor
from shared.kafka import Broker
from shared.mongo import Database
from shared.parts import Assembly
from shared.process import Parts
from shared.reach import Whereabouts
from shared.relay import Relay
from shared.settings import Settings
from shared.web.app import create_web
from shared.worker import Worker

LOOK_SECONDS = 60.0  # how often a run looks whether its deadline has come
LOOK_SECONDS_MOVABLE = 1.0  # where the clock may be moved, the deadline may come at any moment


def create(settings: Settings) -> Parts:
    """All parts of the service."""
    database = Database(settings.mongo_url, name=settings.database_name, service=settings.service)
    broker = Broker(settings)
    look_seconds = LOOK_SECONDS_MOVABLE if settings.clock_movable else LOOK_SECONDS
    kinds = kinds_in(MANIFEST.room("commands")).values()
    engines = runs.engines(database, kinds, look_seconds=look_seconds)
    return Parts(
        settings=settings,
        database=database,
        broker=broker,
        web=create_app(settings, database),
        worker=create_worker(settings, database, broker),
        relay=Relay(database, broker, topic=settings.topic(settings.service)),
        collections=MANIFEST.collections,
        executors=(
            *(Executor(database, each.jobs) for each in engines),
            Executor(database, holds.unpaid_places(database)),
            Executor(database, erasures.second_looks(database)),
            Executor(database, previews.previewing(database)),
        ),
        recovery=RECOVERY,
        migrations=(EARLIER_ORDERS, OLD_RUNS),
    )


def create_app(settings: Settings, database: Database) -> Flask:
    """The web side: API and pages."""
    app, web_api = create_web(settings, database, import_name=__name__, title="Reconvene registration")
    reachable = Whereabouts.of(MANIFEST, person=is_person_there, association=is_own_association)
    Assembly(FormPace(), front.DESK, reachable, configured(settings), Door()).attach(app)
    for each in MANIFEST.blueprints("api"):
        web_api.register_blueprint(each)
    for each in MANIFEST.blueprints("pages"):
        app.register_blueprint(each)
    return app


def create_worker(settings: Settings, database: Database, broker: Broker) -> Worker:
    """The worker that listens to the other services."""
    return Worker(database, broker, settings, handlers=MANIFEST.handlers, ignored=UNHEARD)
