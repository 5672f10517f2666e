"""Payments' composition root: its parts are put together here, and nothing connects before they are started."""

import re

from flask import Flask

from services.payments.bank.jobs import FeeLooker, fee_jobs, line_jobs
from services.payments.books.jobs import Auditor, Sealer
from services.payments.completing.jobs import RunWatch
from services.payments.credits.jobs import CreditLetters
from services.payments.credits.store import OLD_CREDITS
from services.payments.listening.jobs.looker import Looker, look_jobs
from services.payments.listening.jobs.sweeps import SWEEP_SECONDS, Comparison, ProviderSweep, comparison_jobs
from services.payments.orders.store import is_order_there
from services.payments.parts import MANIFEST
from services.payments.previews.jobs import Previewer
from services.payments.provider.jobs.gateway import Gateway
from services.payments.provider.jobs.pace import Breaker, Pace
from services.payments.receipts.jobs import PageCloser, page_jobs
from services.payments.recovery import RECOVERY
from services.payments.refunds.domain.refunds import KEY_CHANGE_SECONDS
from services.payments.refunds.jobs import RefundSender, refund_jobs
from services.payments.unheard import UNHEARD
from services.payments.waiting.pages import front
from shared.idempotency import REQUESTS
from shared.jobs import Executor
from shared.kafka import Broker
from shared.mongo import Database
from shared.parts import Assembly
from shared.process import Parts
from shared.reach import Whereabouts
from shared.relay import Relay
from shared.settings import SettingMissing, Settings
from shared.web.app import create_web
from shared.worker import Worker

REFUND_RATE_PER_SECOND = 20.0  # a fraction of what the provider takes from everybody together


def create(settings: Settings) -> Parts:
    """All parts of the service."""
    database = Database(settings.mongo_url, name=settings.database_name, service=settings.service)
    broker = Broker(settings)
    gateway = create_gateway(settings)
    sweep = ProviderSweep(database, gateway, seconds=_number(settings, "PROVIDER_SWEEP_SECONDS", SWEEP_SECONDS))
    refunds_per_second = _number(settings, "REFUND_RATE_PER_SECOND", REFUND_RATE_PER_SECOND)
    sender = RefundSender(
        database,
        gateway,
        pace=Pace(database, account=gateway.account, rate_max=refunds_per_second),
        breaker=Breaker(),
        key_change_seconds=_number(settings, "REFUND_KEY_CHANGE_SECONDS", KEY_CHANGE_SECONDS),
    )
    jobs = (
        refund_jobs(sender),
        page_jobs(PageCloser(database, gateway)),
        fee_jobs(FeeLooker(database, gateway)),
        line_jobs(database),
        comparison_jobs(Comparison(database, sweep)),
        look_jobs(Looker(database, gateway, on_balance_moved=sweep.ring)),
        Previewer(database, gateway, refunds_per_second).jobs,
    )
    return Parts(
        settings=settings,
        database=database,
        broker=broker,
        web=create_app(settings, database, gateway),
        worker=create_worker(settings, database, broker),
        relay=Relay(database, broker, topic=settings.topic(settings.service)),
        collections=(*MANIFEST.collections, REQUESTS),
        executors=tuple(Executor(database, kind) for kind in jobs),
        loops=(
            sweep.sweep_provider,
            RunWatch(database).watch_runs,
            CreditLetters(database).state_all,
            Sealer(database).seal_ledger,
            Auditor(database).audit_ledger,
        ),
        recovery=RECOVERY,
        migrations=(OLD_CREDITS,),
    )


def create_gateway(settings: Settings) -> Gateway:
    """The door to the card provider."""
    return Gateway(
        api_key=settings.required("STRIPE_API_KEY"),
        base=settings.environment.get("STRIPE_API_BASE") or None,
        webhook_secret=settings.required("STRIPE_WEBHOOK_SECRET"),
        methods=_words(settings, "PAYMENT_METHOD_TYPES", default="card"),
    )


def create_app(settings: Settings, database: Database, gateway: Gateway) -> Flask:
    """The web side: API and pages."""
    app, web_api = create_web(settings, database, import_name=__name__, title="Reconvene payments")
    Assembly(gateway, front.DESK, Whereabouts.of(MANIFEST, order=is_order_there)).attach(app)
    for each in MANIFEST.blueprints("api"):
        web_api.register_blueprint(each)
    for each in MANIFEST.blueprints("pages"):
        app.register_blueprint(each)
    return app


def create_worker(settings: Settings, database: Database, broker: Broker) -> Worker:
    """The worker that listens to the other services."""
    return Worker(database, broker, settings, handlers=MANIFEST.handlers, ignored=UNHEARD)


def _words(settings: Settings, name: str, *, default: str) -> tuple[str, ...]:
    words = (settings.environment.get(name, "").strip(", ") or default).replace(",", " ").split()
    wrong = [each for each in words if not re.fullmatch(r"[a-z][a-z0-9_]*", each)]
    if wrong:
        raise SettingMissing(
            f"{name} must be the provider's words with commas, like card,us_bank_account: not {wrong}."
        )
    return tuple(words)


def _number(settings: Settings, name: str, default: float) -> float:
    text = settings.environment.get(name) or str(default)
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise SettingMissing(f"{name} must be a number above zero, not {text!r}.")
    return number
