"""Where a person is led who must sign in: to registration, which keeps the accounts, and back to where they wanted to.

A key of the installation is for scripts. It is sent with each request, opens no session, and is asked for by no page.
"""

from typing import cast

from flask import Blueprint, Response, redirect, request

from shared.parts import current
from shared.settings import Settings
from shared.web import links


def blueprint(settings: Settings) -> Blueprint:
    """The route `/sign-in` of one service, which leads to the one form for all of them."""
    routes = Blueprint("sign_in", __name__)

    @routes.get("/sign-in")
    def show() -> Response:
        wanted = local(request.args.get("next", "")) or f"/{settings.service}/desk"
        return cast(
            Response, redirect(links.sign_in(settings, next_=f"{settings.urls[settings.service]}{wanted}"), 303)
        )

    return routes


def lead_there() -> Response:
    """Send a person to the form, and back afterwards; a form of ours comes along with all that was typed."""
    settings = current(Settings)
    here = f"{settings.urls[settings.service]}{request.full_path.rstrip('?')}"
    if request.method == "POST":
        return cast(Response, redirect(links.renewal(settings, next_=here), 307))
    return cast(Response, redirect(links.sign_in(settings, next_=here), 303))


def local(address: str) -> str:
    """The address if it is one of ours, else nothing. Browsers read past a tab, and a line break ends a header."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local else ""
