"""The frame of every service's web side: errors as problems, correlation ids, health, metrics, sign-in, OpenAPI."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request
from flask_smorest import Api
from flask_wtf.csrf import CSRFError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException

from shared.acting import Actor, acting
from shared.auth import Guesses, csrf, principal
from shared.mongo import Database, may_pass
from shared.names import Names
from shared.parts import Assembly
from shared.principals import Principal
from shared.problem import Busy, NotFound, Refusal, SignInRequired
from shared.sentences import marked
from shared.settings import Settings
from shared.telemetry import correlated, log
from shared.web import again, clock, front, links, parked, sign_in, words
from shared.web.languages import gettext
from shared.web.renewing import LinkPace

BODY_BYTE_COUNT_MAX = 256 * 1024
_NOTHING_HERE = marked("There is nothing under this address.")
_DATABASE_AWAY = marked("The database is not answering. Nothing was changed; please try again.")
_OURS = marked(
    "Something went wrong on our side and we have been told. If you sent something, look whether it arrived before "
    "you send it again."
)
_TOO_DEEP = "What was sent is nested too deeply to be read. Nothing was changed."
_OPEN_TOO_LONG = (
    "You have signed in anew since this form was opened. Nothing was changed yet: please look at it, and send it now."
)
EDGE = "X-Reconvene-Edge"  # the proxy puts it on all that comes from outside; metrics are for whoever is inside
PROBLEM_TYPE = "application/problem+json"
_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest's API with every error as an RFC 9457 problem document."""

    DEFAULT_ERROR_RESPONSE_NAME = "PROBLEM"

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        refused = {"description": "Refused, in words.", "content": {PROBLEM_TYPE: {"schema": dict(_PROBLEM)}}}
        self.spec.components.security_scheme("desk", {"type": "http", "scheme": "basic"})
        self.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
        self.spec.components.response(self.DEFAULT_ERROR_RESPONSE_NAME, refused)

    def handle_http_exception(self, error: HTTPException) -> Response:
        """What the framework refuses: a body that isn't as described, an unknown address, a wrong method."""
        return answer_http(error)


def create_web(settings: Settings, database: Database, *, import_name: str, title: str) -> tuple[Flask, ProblemApi]:
    """A Flask app with all that is the same in every service; its own blueprints come on top."""
    app = Flask(import_name, template_folder="templates", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="reconvene",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.urls[settings.service].startswith("https:"),
        WTF_CSRF_CHECK_DEFAULT=False,  # checked where the cookie is the authority: shared.auth.desk
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=BODY_BYTE_COUNT_MAX,
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=f"/{settings.service}",
        OPENAPI_JSON_PATH="openapi.json",
    )
    Assembly(settings, database, Guesses(), LinkPace(), Names(database)).attach(app)
    csrf.init_app(app)
    _add_correlation(app, settings)
    _add_errors(app)
    _add_vital_signs(app, settings, database)
    _add_front(app, settings)
    words.add_to(app, settings, database)
    app.register_blueprint(sign_in.blueprint(settings), url_prefix=f"/{settings.service}")
    app.register_blueprint(parked.blueprint(), url_prefix=f"/{settings.service}/parked")
    if settings.clock_movable:
        app.register_blueprint(clock.blueprint(database), url_prefix=f"/{settings.service}/clock")
    return app, ProblemApi(app)


def _add_correlation(app: Flask, settings: Settings) -> None:
    beside = urlsplit(links.renewal_beside(settings))
    images = f"img-src 'self' data: {beside.scheme}://{beside.netloc}" if beside.netloc else "img-src 'self' data:"

    @app.before_request
    def begin() -> None:
        g.correlation = correlated(request.headers.get("X-Correlation-Id", "")[:64] or None)
        g.correlation_id = g.correlation.__enter__()
        g.acting = acting(_who_acts)
        g.acting.__enter__()

    @app.after_request
    def name(response: Response) -> Response:
        response.headers["X-Correlation-Id"] = g.get("correlation_id", "")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if "token" in (request.view_args or {}):  # a signed link is somebody's right: nothing behind it stays anywhere
            response.headers.setdefault("Cache-Control", "no-store")
        # Signed links must not leave with a click. Over https a form is believed only if it says on which page of ours
        # it stood.
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'self'; style-src 'self' 'unsafe-inline'; {images}; frame-ancestors 'none'",
        )
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        if "correlation" in g:
            g.acting.__exit__(None, None, None)
            g.correlation.__exit__(None, None, None)


def _who_acts() -> Actor | None:
    """Whoever sent this request from a desk, or with a key; asked for once, when something is changed."""
    if "actor" not in g:
        try:
            who = principal()
        except Refusal:  # what is sent with the request is not right, and this door is open to everybody
            who = Principal()
        g.actor = Actor(who.actor, who.words) if who.actor else None
    found: Actor | None = g.actor
    return found


def _add_errors(app: Flask) -> None:
    app.register_error_handler(Refusal, lambda refusal: answer_refusal(cast(Refusal, refusal)))
    app.register_error_handler(HTTPException, lambda error: answer_http(cast(HTTPException, error)))

    @app.errorhandler(PyMongoError)
    def database_away(error: PyMongoError) -> Response:
        if not may_pass(error):
            return unexpected(error)
        log.warning("database away", error=type(error).__name__)
        return answer_refusal(Busy(_DATABASE_AWAY))

    @app.errorhandler(RecursionError)
    def too_deep(_: RecursionError) -> Response:
        log.warning("request nested too deeply", route=str(request.url_rule))
        return answer_problem({"type": "about:blank", "title": "Can't be read", "status": 400, "detail": _TOO_DEEP})

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.exception(
            "request failed", route=str(request.url_rule), error=type(error).__name__
        )  # a path may be a right
        return answer_problem({"type": "about:blank", "title": marked("Our mistake"), "status": 500, "detail": _OURS})


def answer_http(error: HTTPException) -> Response:
    """An HTTP error of the framework as a problem; a validation error names each field."""
    if isinstance(error, CSRFError):
        detail = "This form was open for too long, or was not sent from our page. Nothing was changed; open it again."
        is_ours = bool(request.form.get("csrf_token"))  # a form without any never was: nothing is offered to be sent
        typed = again.typed() if is_ours and wants_page() and principal().is_staff else None
        if typed is not None:
            return make_response(again.page(typed, title="Please send it once more", said=_OPEN_TOO_LONG), 400)
        return answer_problem(
            {"type": "about:blank", "title": "Please open the form again", "status": 400, "detail": detail}
        )
    if error.code == 404:
        return answer_refusal(NotFound(_NOTHING_HERE))
    if error.response is not None:
        return cast(Response, error.response)
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": error.name,
        "status": error.code or 500,
        "detail": error.description or error.name,
    }
    messages = getattr(error, "data", {}).get("messages") if getattr(error, "data", None) else None
    if messages:
        document |= {"detail": "Some fields make no sense. Nothing was changed.", "errors": messages}
    response = answer_problem(document)
    headers = getattr(error, "data", {}).get("headers") if getattr(error, "data", None) else None
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    response.headers.update(headers or {})
    return response


def answer_refusal(refusal: Refusal) -> Response:
    """A refusal as JSON in English for a program, as a page in the reader's language for a person."""
    return answer_problem(refusal.problem(), said=words.said(refusal))


def answer_problem(document: dict[str, Any], *, said: str = "") -> Response:
    """A problem as JSON for a program, as a page for a person; a person who must sign in is led there."""
    if not wants_page():
        response = jsonify({**document, "correlation": g.get("correlation_id")})
        response.status_code = document["status"]
        response.content_type = PROBLEM_TYPE
        return response
    if document["status"] == SignInRequired.status:
        return sign_in.lead_there()
    detail = document["detail"]
    shown = render_template(
        "problem.html",
        problem=document,
        said=said or gettext(str(detail)),
        typed=again.typed(),
        back=again.back(),
    )
    return make_response(shown, document["status"])


def wants_page() -> bool:
    """Whether a person's browser asks, not a program."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _add_front(app: Flask, settings: Settings) -> None:
    """Whoever types no more than the address finds what waits for them, or what is coming; a desk's, that desk."""
    app.add_url_rule("/", endpoint="home", view_func=lambda: front.home(settings))
    app.register_blueprint(front.blueprint(), url_prefix=f"/{settings.service}")
    if settings.service in ("registration", "payments"):  # the others have a page of their own there
        address = f"/{settings.service}/"
        app.add_url_rule(address, endpoint="front_desk", view_func=lambda: redirect(f"{address}desk"))


def _add_vital_signs(app: Flask, settings: Settings, database: Database) -> None:
    def health() -> dict[str, str]:
        return {"service": settings.service, "status": "alive"}

    def ready() -> Response:
        missing = [name for name, is_there in app.config.get("READY", {}).items() if not is_there()]
        try:
            database.client.admin.command("ping")
        except PyMongoError:
            missing.append("database")
        response = jsonify({"service": settings.service, "ready": not missing, "missing": missing})
        response.status_code = 503 if missing else 200
        return response

    def metrics() -> Response:
        if EDGE in request.headers or urlsplit(request.environ.get("REQUEST_URI", request.path)).path != request.path:
            raise NotFound(_NOTHING_HERE)
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    for view in (health, ready, metrics):
        for prefix in ("", f"/{settings.service}"):
            app.add_url_rule(
                f"{prefix}/{view.__name__}", endpoint=f"{prefix}{view.__name__}".replace("/", "_"), view_func=view
            )


__all__ = ["ProblemApi", "answer_problem", "answer_refusal", "create_web", "links", "wants_page"]
