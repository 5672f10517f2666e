"""Owns the Flask application: the API, the control desk, the pages, and hanging up when a fault asks for it."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response
from waitress.channel import ClientDisconnected

from deploy.provider import api, control, pages
from deploy.provider.provider import Provider

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def create_app(provider: Provider) -> Flask:
    app = Flask(__name__)
    app.register_blueprint(api.create_blueprint(provider))
    app.register_blueprint(control.create_blueprint(provider))
    app.register_blueprint(pages.create_blueprint(provider))
    app.add_url_rule("/health", "health", _health)
    app.wsgi_app = hang_up_when_asked(app.wsgi_app)  # type: ignore[assignment, method-assign]
    return app


def _health() -> Response:
    return Response("ok\n", mimetype="text/plain")


def hang_up_when_asked(application: Wsgi) -> Wsgi:
    """A request that was carried out, and whose answer never comes: the server closes the socket on this exception."""

    def serve(environment: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = application(environment, start_response)
        if environment.get(api.DROP_CONNECTION):
            raise ClientDisconnected
        return answer

    return serve
