"""The composition root: puts notifications together from its settings. Nothing connects when this is imported."""

from dataclasses import replace
from functools import partial

from flask import Flask

from services.notifications.colleagues.jobs.post import posting
from services.notifications.colleagues.pages import waiting
from services.notifications.delivery.jobs.mailer import Mailer
from services.notifications.delivery.jobs.sender import Sender
from services.notifications.delivery.pages import front
from services.notifications.messages.jobs.waiting import counting, reminding, waking
from services.notifications.messages.jobs.wording import Wording
from services.notifications.parts import MANIFEST
from services.notifications.previews.jobs import previewing
from services.notifications.recovery import RECOVERY
from services.notifications.unheard import UNHEARD
from shared.jobs import Executor
from shared.kafka import Broker
from shared.mongo import Database
from shared.parts import Assembly
from shared.principals import Action
from shared.process import Parts
from shared.reach import Whereabouts
from shared.relay import Relay
from shared.settings import Settings
from shared.web.app import create_web
from shared.worker import Worker


def create(settings: Settings) -> Parts:
    """All parts of the service."""
    database, broker = _database(settings), Broker(settings)
    sender = Sender(database, mailer=partial(Mailer, settings), wording=Wording(settings))
    return Parts(
        settings=settings,
        database=database,
        broker=broker,
        web=_web(settings, database),
        worker=_worker(settings, database, broker),
        relay=Relay(database, broker, topic=settings.topic(MANIFEST.service)),
        collections=MANIFEST.collections,
        executors=(
            *(Executor(database, kind(database)) for kind in (waking, counting, reminding, previewing)),
            Executor(database, posting(database, settings, mailer=partial(Mailer, settings))),
        ),
        loops=(sender.run,),
        recovery=RECOVERY,
    )


def create_app(settings: Settings) -> Flask:
    """The web side alone."""
    return _web(settings, _database(settings))


def create_worker(settings: Settings) -> Worker:
    """The worker alone."""
    return _worker(settings, _database(settings), Broker(settings))


def _database(settings: Settings) -> Database:
    return Database(settings.mongo_url, name=settings.database_name, service=MANIFEST.service)


def _web(settings: Settings, database: Database) -> Flask:
    app, web_api = create_web(settings, database, import_name=__name__, title="Reconvene notifications")
    told = (Action.MANAGE_ACCOUNTS, waiting)
    listed = replace(front.DESK, listers=(*front.DESK.listers, told))
    Assembly(listed, Wording(settings), Whereabouts.of(MANIFEST)).attach(app)
    for blueprint in MANIFEST.blueprints("api"):
        web_api.register_blueprint(blueprint)
    for blueprint in MANIFEST.blueprints("pages"):
        app.register_blueprint(blueprint)
    return app


def _worker(settings: Settings, database: Database, broker: Broker) -> Worker:
    return Worker(database, broker, settings, handlers=MANIFEST.handlers, ignored=UNHEARD)
