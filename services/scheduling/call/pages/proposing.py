"""The call's public pages: when proposals are taken, the form, and the word that one has come.

The form is for everybody: no account, no CSRF token. What comes back after sending never tells whether an address was
known before.
"""

from typing import Any

from flask import Blueprint, Response, flash, request

from services.scheduling.call import store
from services.scheduling.call.commands import proposals as commands
from services.scheduling.call.domain.asked import Asked
from services.scheduling.call.domain.call import Call, CallUnknown, Standing
from services.scheduling.call.pages.forms import LANGUAGES, page, see
from services.scheduling.call.schemas.requests import LEVELS, OTHERS_MAX, ProposalShape
from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.conferences.store import NONE, conference_of
from services.scheduling.programme.domain.wording import KIND_WORDS
from services.scheduling.programme.store import programme
from shared.idempotency import IdempotencyKeyReused
from shared.parts import current
from shared.problem import Invalid, Refusal
from shared.sentences import marked
from shared.web import links
from shared.web.current import business_now, database, settings
from shared.web.forms import Form, entered, once, read, reasons, refused
from shared.web.languages import gettext, language, offer_all
from shared.web.pace import Pace, by_email, by_network
from shared.web.words import said, sentence

HONEYPOT = "website"  # no person sees it; whoever fills it in is a machine
BY_EMAIL_MAX = 6  # proposals in an hour, of somebody with many ideas
BY_NETWORK_MAX = 200  # an office on the last evening, or everybody behind one proxy
TOO_MANY = marked(
    "Many proposals came from this address within an hour. This one was not sent; what you wrote "
    "is kept on this page. Please send it again in an hour."
)
SENT_ALREADY = marked(
    "This form was sent before, with other entries, and we have that proposal. "
    "These entries were not sent. If they are another proposal, please send the form once more."
)


class CallPace(Pace):
    """When proposals came, by e-mail address and network."""


blueprint = Blueprint("call", __name__, url_prefix="/scheduling/conferences/<conference>/call")
offer_all(blueprint)


@blueprint.get("")
def show_call(conference: str) -> Response:
    """What is asked for, until when, and whether proposals are taken now."""
    known, call = _call(conference)
    return page("call.html", **_context(known, call))


@blueprint.route("/propose", methods=["GET", "POST"])
def propose(conference: str) -> Response:
    """The form on which anybody proposes a session."""
    known, call = _call(conference)
    if request.method == "POST":
        return _submit(known, call)
    if call.standing_at(known, business_now()) is not Standing.OPEN:
        return see("call.show_call", conference=conference)
    return page("propose.html", form=Form(values={"language": language()}), **_context(known, call))


@blueprint.get("/received")
def show_received(conference: str) -> Response:
    """The word that a proposal has come, the same for everybody."""
    known, call = _call(conference)
    return page("received.html", **_context(known, call))


def _submit(conference: Conference, call: Call) -> Response:
    if request.form.get(HONEYPOT):
        return see("call.show_received", conference=conference.id)
    try:
        asked = _asked()
        addresses = {by_email(asked.proposer.email): BY_EMAIL_MAX, by_network(): BY_NETWORK_MAX}
        _pace().must_be_slow(addresses, otherwise=TOO_MANY)
        code = once(
            commands.propose_session,
            scope="call",
            answer=lambda made: made.code,
            conference=conference.id,
            asked=asked,
        )
    except commands.NamedTwice as refusal:
        form, status = entered({f"co_name_{_rows()[refusal.place]}": said(refusal)}), refusal.status
    except IdempotencyKeyReused as refusal:
        form, status = entered(refusal=gettext(SENT_ALREADY)), refusal.status
    except Refusal as refusal:
        form, status = refused(refusal), refusal.status
    else:
        _pace().count(*addresses)
        flash(gettext("We have your proposal. Its number is %(code)s.", code=code))
        return see("call.show_received", conference=conference.id)
    return page("propose.html", form=form, status=status, **_context(conference, call))


def _asked() -> Asked:
    """What is proposed; raises `Invalid` with a reason for each of the form's own fields that makes no sense."""
    try:
        asked: Asked = read(ProposalShape(), _sent())
    except Invalid as refusal:
        raise Invalid(refusal.detail, errors={"form": _by_field(refusal.facts["errors"]["form"])}) from None
    return asked


def _sent() -> dict[str, Any]:
    """The form's entries in the shape of a proposal."""
    plain = ("name", "email", "title", "abstract", "kind", "minutes", "track", "language", "level", "note", "biography")
    sent: dict[str, Any] = {name: request.form[name] for name in plain if name in request.form}
    return sent | {"needs": request.form.getlist("needs"), "others": [_other(place) for place in _rows()]}


def _other(place: int) -> dict[str, str]:
    return {name: request.form.get(f"co_{name}_{place}", "").strip() for name in ("name", "email")}


def _rows() -> list[int]:
    """The rows of others that are filled in."""
    return [place for place in range(1, OTHERS_MAX + 1) if any(_other(place).values())]


def _by_field(messages: dict[str, Any]) -> dict[str, str]:
    """What is wrong, by the form's own fields; empty rows between those of others don't count."""
    found = reasons({name: each for name, each in messages.items() if name != "others"})
    rows = _rows()
    for index, wrong in messages.get("others", {}).items():
        if index in range(len(rows)):
            found |= {f"co_{name}_{rows[index]}": text for name, text in reasons(wrong).items()}
    return found


def _call(conference: str) -> tuple[Conference, Call]:
    known = conference_of(database(), conference, drafts=NONE)
    call = store.call(database(), conference)
    if call is None:
        raise CallUnknown.saying("%(conference)s has no call for sessions.", conference=known.title)
    return known, call


def _context(conference: Conference, call: Call) -> dict[str, Any]:
    frame = programme.programme(database(), conference.id)
    tracks = [each for each in frame.tracks if each.id in call.terms.tracks]
    return {
        "conference": conference,
        "call": call,
        "standing": call.standing_at(conference, business_now()).value,
        "tracks": tracks,
        "features": sorted({feature for room in frame.rooms for feature in room.features}),
        "kinds": KIND_WORDS,
        "language_choices": [(each, gettext(name)) for each, name in LANGUAGES.items()],
        "kind_choices": [(each.value, gettext(KIND_WORDS[each])) for each in call.terms.kinds],
        "length_choices": [(each, gettext("%(minutes)s minutes", minutes=each)) for each in call.terms.lengths],
        "track_choices": [(each.id, each.title) for each in tracks],
        "level_choices": [(each, sentence(gettext(each))) for each in LEVELS if each],
        "places": range(1, OTHERS_MAX + 1),
        "address": links.conference(settings(), conference.id),
    }


def _pace() -> CallPace:
    return current(CallPace)
