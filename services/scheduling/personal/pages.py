"""The page on which somebody with an old link asks for a new one."""

from typing import cast

from flask import Blueprint, current_app

from services.scheduling.personal.commands import ask_for_link
from services.scheduling.personal.links import AGENDA, SPEAKING
from shared.auth import opened
from shared.mongo import Database
from shared.problem import NotFound
from shared.settings import Settings
from shared.web.renewing import link_sent, must_be_slow

blueprint = Blueprint("personal", __name__, url_prefix="/scheduling/links")


@blueprint.post("/<purpose>/<token>")
def renew(purpose: str, token: str) -> str:
    """Send a new link; an old one is the right to ask for that."""
    if purpose not in (AGENDA, SPEAKING):
        raise NotFound("There is nothing under this address.")
    id_ = opened(cast(Settings, current_app.config["SETTINGS"]), purpose=purpose, token=token)
    conference, _, person = id_.partition(":")
    must_be_slow(f"{purpose}:{id_}")
    database = cast(Database, current_app.config["DATABASE"])
    database.run(ask_for_link, conference=conference, person=person, kind=purpose)
    return link_sent()
