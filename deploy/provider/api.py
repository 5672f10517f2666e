"""Owns the way of a request through the API: who asks, how often, what may go wrong, whether it was asked before.

Leaves what a request does to `objects`, and its parameters to the tables declared there.
"""

import base64
import binascii
import importlib
import pkgutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from flask import Blueprint, Response, request

from deploy.provider import faults, idempotency, objects
from deploy.provider.endpoints import ENDPOINTS, Endpoint
from deploy.provider.errors import Refusal
from deploy.provider.expansion import expand
from deploy.provider.identifiers import new_id
from deploy.provider.limiter import too_many
from deploy.provider.parameters import Tree, read_form, read_parameters
from deploy.provider.provider import Provider
from deploy.provider.settings import API_VERSION
from deploy.provider.store import Body, to_json
from deploy.provider.work import Work

DROP_CONNECTION = "provider.drop_connection"  # set in the WSGI environment: hang up instead of answering

_BODY_LENGTH_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as far as it has been read."""

    endpoint: Endpoint
    ids: dict[str, str]
    form: Tree
    values: Tree
    request_id: str
    key: str | None
    going_wrong: dict[str, Tree]

    @property
    def fingerprint(self) -> str:
        return idempotency.fingerprint(request.method, request.path, self.form)


def create_blueprint(provider: Provider) -> Blueprint:
    """Every declared endpoint, and one refusal for all addresses that are none."""
    blueprint = Blueprint("api", __name__)
    for endpoint in load_endpoints():
        name = endpoint.name.replace(".", "_")
        blueprint.add_url_rule(endpoint.path, name, _view(provider, endpoint), methods=[endpoint.method])
    methods = ["GET", "POST", "DELETE", "PUT", "PATCH"]
    blueprint.add_url_rule("/v1/<path:anything>", "unknown", _refuse_unknown_address, methods=methods)
    return blueprint


def load_endpoints() -> list[Endpoint]:
    """The endpoints of every module of `objects`: importing a module declares its own."""
    for module in pkgutil.iter_modules(objects.__path__):
        importlib.import_module(f"{objects.__name__}.{module.name}")
    return ENDPOINTS


def _view(provider: Provider, endpoint: Endpoint) -> Callable[..., Response]:
    def answer_request(**ids: str) -> Response:
        request_id = new_id("req_")
        try:
            answer = _answer(provider, endpoint, ids, request_id=request_id)
        except Refusal as refusal:
            answer = _refused(refusal)
        except Exception:  # a fault of our own: the caller gets Stripe's form of it, the log gets the cause
            structlog.get_logger().exception("request failed", endpoint=endpoint.name, request_id=request_id)
            answer = _broken()
        return _response(answer, request_id)

    return answer_request


def _answer(provider: Provider, endpoint: Endpoint, ids: dict[str, str], *, request_id: str) -> Answer:
    provider.request_counts[endpoint.name] += 1
    _check_key(provider)
    provider.limiter.admit(endpoint.name)
    form = _read_form()
    asked = Asked(
        endpoint,
        ids,
        form,
        read_parameters(endpoint.table, form),  # what is refused here is not kept under the key, as at Stripe
        request_id,
        request.headers.get("Idempotency-Key") if request.method == "POST" else None,
        provider.faults.for_request(request.method, request.path),
    )
    if faults.ANSWER_429 in asked.going_wrong:
        raise too_many("endpoint-rate")
    if request.method == "GET":
        return _look_up(provider, asked)
    with provider.keys.hold(asked.key):
        return _carry_out(provider, asked)


def _check_key(provider: Provider) -> None:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            secret = base64.b64decode(secret).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            secret = ""
    if not secret:
        raise Refusal("You did not give an API key. Send it as a bearer token.", status=401)
    if not provider.settings.accepts_key(secret.strip()):
        raise Refusal("Invalid API Key provided.", status=401, code="api_key_invalid")


def _read_form() -> Tree:
    if (request.content_length or 0) > _BODY_LENGTH_MAX:
        raise Refusal("The request is too long. Nothing was done.", status=413)
    if request.method == "GET":
        return read_form(request.query_string.decode("utf-8", errors="replace"))
    return read_form(request.get_data().decode("utf-8", errors="replace"))


def _look_up(provider: Provider, asked: Asked) -> Answer:
    _go_slow(asked)
    if faults.ANSWER_500_BEFORE in asked.going_wrong or faults.ANSWER_500_AFTER in asked.going_wrong:
        return _broken()
    with provider.looking() as work:
        answer = Answer(200, to_json(_run(work, asked)))
    return _drop_if_asked(asked, answer)


def _carry_out(provider: Provider, asked: Asked) -> Answer:
    """Act once, and keep the answer under the key in the same transaction as what was done."""
    _go_slow(asked)
    with provider.changing(request_id=asked.request_id, idempotency_key=asked.key) as work:
        kept = idempotency.recall(work, asked.key, asked=asked.fingerprint) if asked.key else None
        if kept is not None:
            return Answer(kept.status, kept.body, {"Idempotent-Replayed": "true", "Original-Request": kept.request_id})
        answer = _act(work, asked)
        if asked.key is not None:
            to_keep = idempotency.KeptAnswer(answer.status, answer.body, asked.request_id)
            idempotency.keep(work, asked.key, asked=asked.fingerprint, answer=to_keep)
    return _drop_if_asked(asked, answer)


def _act(work: Work, asked: Asked) -> Answer:
    if faults.ANSWER_500_BEFORE in asked.going_wrong:
        return _broken()
    answer = _attempt(work, asked)
    return _broken() if faults.ANSWER_500_AFTER in asked.going_wrong else answer


def _attempt(work: Work, asked: Asked) -> Answer:
    """A refusal is an answer too: it leaves nothing behind, except what a declined card leaves."""
    try:
        with work.records.undone_on_error():
            try:
                return Answer(200, to_json(_run(work, asked)))
            except Refusal as refusal:
                if refusal.keeps_effects:
                    return _refused(refusal)
                raise
    except Refusal as refusal:
        return _refused(refusal)


def _run(work: Work, asked: Asked) -> Body:
    paths = asked.values.pop("expand", [])
    return expand(work.records, asked.endpoint.handler(work, asked.values, **asked.ids), paths)


def _go_slow(asked: Asked) -> None:
    if faults.SLOW in asked.going_wrong:
        time.sleep(asked.going_wrong[faults.SLOW]["seconds"])


def _drop_if_asked(asked: Asked, answer: Answer) -> Answer:
    if faults.DROP_AFTER in asked.going_wrong:
        request.environ[DROP_CONNECTION] = True
    return answer


def _refused(refusal: Refusal) -> Answer:
    return Answer(refusal.status, to_json(refusal.body), refusal.headers)


def _broken() -> Answer:
    return _refused(Refusal("Something went wrong on the provider's side.", status=500, kind="api_error"))


def _refuse_unknown_address(anything: str) -> Response:
    message = f"Unrecognized request URL ({request.method}: /v1/{anything}). Look at the path and the method."
    return _response(_refused(Refusal(message, status=404)), new_id("req_"))


def _response(answer: Answer, request_id: str) -> Response:
    response = Response(answer.body, answer.status, mimetype="application/json")
    response.headers["Request-Id"] = request_id
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
    if "Idempotency-Key" in request.headers:
        response.headers["Idempotency-Key"] = request.headers["Idempotency-Key"]
    response.headers.extend(answer.headers)
    return response
