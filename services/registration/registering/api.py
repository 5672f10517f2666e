"""Registration's JSON over HTTP: parse, call a command, answer; every refusal is a problem document."""

from dataclasses import replace
from functools import partial
from typing import Any

from flask import Response, jsonify, request, url_for

from services.registration.associations.store import spoken
from services.registration.people.store import read
from services.registration.prices.commands import fee_tables
from services.registration.prices.domain.conferences import Conference, ConferenceUnknown
from services.registration.prices.domain.fees import FeesMissing
from services.registration.prices.store import CONFERENCES, places_of
from services.registration.registering import commands, store
from services.registration.registering.domain.admission import invite
from services.registration.registering.domain.registrations import Application, Life, RegistrationUnknown
from services.registration.registering.schemas import answers, requests
from services.registration.registering.schemas.pace import must_be_slow
from services.registration.registering.store import REGISTRATIONS
from shared import reach
from shared.auth import desk
from shared.idempotency import run_once
from shared.mongo import Database
from shared.parts import current
from shared.principals import Action
from shared.web import links
from shared.web.current import database, principal, settings
from shared.web.documented import KEY, LINK, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint("api", __name__, url_prefix="/registration", description="Fee tables and registrations.")

_ETAG = {"ETag": {"schema": {"type": "string"}}}
_IF_MATCH = {"in": "header", "name": "If-Match", "required": False, "schema": {"type": "string", "maxLength": 200}}


@blueprint.route("/conferences/<conference>")
@documented(404, 503)
@blueprint.response(200, answers.ConferenceAnswer, headers=_ETAG)
def get_conference(conference: str) -> Response:
    """A conference: whether one may register, and what it costs. The ETag names its fee table."""
    known = read(database(), CONFERENCES, conference)
    if known is None:
        raise ConferenceUnknown("There is no conference under this address.")
    return _conference(known)


@blueprint.route("/conferences/<conference>/fees", methods=["PUT"])
@desk(Action.EDIT_PRICES)
@documented(401, 403, 404, 412, 422, 428, 503)
@blueprint.doc(**SIGNED_IN, parameters=[_IF_MATCH])
@blueprint.arguments(requests.FeesShape)
@blueprint.response(200, answers.ConferenceAnswer, headers=_ETAG)
def put_fees(asked: dict[str, Any], conference: str) -> Response:
    """Set a conference's prices, options and refund terms; what was sold keeps its own."""
    changed = database().run(
        fee_tables.set_fees,
        conference=conference,
        categories=tuple(asked["categories"]),
        terms=asked["terms"],
        options=tuple(asked["options"]),
        holds=asked["holds"],
        seen=_etags_seen(),
    )
    return _conference(changed)


@blueprint.route("/conferences/<conference>/invitations", methods=["POST"])
@desk(Action.INVITE_REGISTRANTS)
@documented(401, 403, 404, 409, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(requests.InvitationShape)
@blueprint.response(201, answers.InvitationAnswer)
def make_invitation(asked: dict[str, Any], conference: str) -> tuple[dict[str, str], int]:
    """Make a link with which one person registers in a category that is not on the public form. Nothing is kept of it
    until then, so that it can be asked for again."""
    known = read(database(), CONFERENCES, conference)
    if known is None:
        raise ConferenceUnknown("There is no conference under this address.")
    if known.fees is None:
        raise FeesMissing("This conference has no prices yet. No invitation was made; set the prices first.")
    invitation = invite(known.fees.category(asked["category"]), conference=conference)
    return {"link": links.invitation(settings(), str(invitation))}, 201


@blueprint.route("/registrations", methods=["POST"])
@documented(400, 404, 409, 422, 429, 503)
@blueprint.doc(parameters=[KEY])
@blueprint.arguments(requests.RegistrationShape())  # made once: a class is made anew for every request
@blueprint.response(201, answers.SubmittedAnswer)
@blueprint.alt_response(202, schema=answers.ProofAskedAnswer)
def submit_registration(application: Application) -> Response:
    """Register one person with their guests and options for one conference."""
    who = principal()
    if not who.is_staff:
        must_be_slow(application)
    person = application.person
    language = spoken(current(Database), person.language, conference=application.conference)
    application = replace(application, person=replace(person, language=language))
    is_for_them = request.authorization is not None and who.may(
        Action.REGISTER_OTHERS, reach.about(application.conference)
    )
    answer = run_once(
        database(),
        commands.submit_registration,
        key=idempotency_key(),
        scope=who.scope,
        answer=partial(answers.submitted_json, settings=settings()),
        application=application,
        is_by_committee=is_for_them,  # a cookie alone is no such word
    )
    response = jsonify(answer)
    response.status_code = 202 if "proof" in answer else 201
    return response


@blueprint.route("/registrations")
@desk(Action.SEE_REGISTRATIONS)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(requests.PageShape, location="query")
@blueprint.response(200, answers.RegistrationsAnswer, headers=LINK)
def list_registrations(page: dict[str, Any]) -> Response:
    """A conference's registrations in the order they were submitted."""
    limit = page["limit"]
    found = store.list_registrations(
        database(),
        conference=page["conference"],
        life=Life(page["state"]) if page["state"] else None,
        after=page["after"],
        limit=limit + 1,
    )
    next_ = found[limit - 1].id if len(found) > limit else None
    response = jsonify({"items": [answers.registration_json(each) for each in found[:limit]], "next": next_})
    if next_:
        query = {name: value for name, value in page.items() if value} | {"after": next_}
        response.headers["Link"] = f'<{url_for("api.list_registrations", **query)}>; rel="next"'
    return response


@blueprint.route("/registrations/<registration>")
@desk(Action.SEE_REGISTRATIONS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.RegistrationAnswer)
def get_registration(registration: str) -> Response:
    """One registration."""
    known = read(database(), REGISTRATIONS, registration)
    if known is None:
        raise RegistrationUnknown("There is no registration under this address.")
    return jsonify(answers.registration_json(known))


def _conference(conference: Conference) -> Response:
    places = places_of(database(), conference.id)
    response = jsonify(answers.conference_json(conference, places=places, now=database().clock.now()))
    response.set_etag(str(conference.fees.revision if conference.fees else 0))
    return response


def _etags_seen() -> frozenset[str] | None:
    """The fee tables that the editor says to have before them."""
    if "If-Match" not in request.headers:
        return None
    if request.if_match.star_tag:
        return frozenset({"*"})
    return frozenset(request.if_match.as_set())
