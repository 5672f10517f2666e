"""The page on which somebody with an old link asks for a new one."""

from flask import Blueprint

from services.scheduling.conferences.pages.personal_links import AGENDA, SPEAKING
from services.scheduling.visits.commands import ask_for_link
from shared.auth import opened
from shared.problem import NotFound
from shared.web.current import database, settings
from shared.web.languages import offer_all
from shared.web.renewing import link_sent, must_be_slow

blueprint = Blueprint("personal", __name__, url_prefix="/scheduling/links")
offer_all(blueprint)


@blueprint.post("/<purpose>/<token>")
def renew(purpose: str, token: str) -> str:
    """Send a new link; an old one is the right to ask for that."""
    if purpose not in (AGENDA, SPEAKING):
        raise NotFound("There is nothing under this address.")
    id_ = opened(settings(), purpose=purpose, token=token)
    conference, _, person = id_.partition(":")
    must_be_slow(f"{purpose}:{id_}")
    database().run(ask_for_link, conference=conference, person=person, kind=purpose)
    return link_sent()
