"""What three people would read if a decision were taken, before it is."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, render_template

from services.notifications.contacts.domain import Contact
from services.notifications.contacts.store import CONTACTS
from services.notifications.messages.domain.known import Conference
from services.notifications.messages.domain.words import Words
from services.notifications.messages.jobs.wording import Wording
from services.notifications.messages.store.documents import CONFERENCES, by_ids
from services.notifications.previews.domain import as_if_cancelled, message_of
from services.notifications.previews.store import examples_of, inquiry
from shared.associations import Association
from shared.auth import desk
from shared.contracts.consequences import Example
from shared.described import ASSOCIATIONS
from shared.findings import Inquiry
from shared.parts import current
from shared.principals import Action
from shared.problem import NotFound
from shared.web.current import business_now, database
from shared.web.languages import LANGUAGES

MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"  # a mail is shown, and does nothing
CANCEL = "cancel"

blueprint = Blueprint("previews", __name__, url_prefix="/notifications", template_folder="templates")


class PreviewUnknown(NotFound):
    """Nobody has asked for this preview, as far as it is known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One message as its recipient would read it."""

    example: Example
    contact: Contact
    is_letter: bool
    words: Words

    @property
    def language(self) -> str:
        """The language that it is in, by its own name."""
        return LANGUAGES.get(self.contact.language[:2].lower(), LANGUAGES["en"])


@blueprint.get("/desk/previews/<preview>")
@desk(Action.SEE_MESSAGES)
def show_samples(preview: str) -> str:
    """Three messages that a decision would send, as their recipients would read them."""
    asked, conference = _asked(preview)
    return render_template(
        "previews/samples.html",
        preview=asked,
        conference=conference,
        samples=_samples(asked, conference),
        is_worked_out=examples_of(database(), preview) is not None,
    )


@blueprint.get("/desk/previews/<preview>/<int:number>/html")
@desk(Action.SEE_MESSAGES)
def show_sample(preview: str, number: int) -> Response:
    """One of these messages as a mail or a letter looks."""
    samples = _samples(*_asked(preview))
    if not 1 <= number <= len(samples):
        raise NotFound("There is no such message in this preview.")
    response = make_response(samples[number - 1].words.html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


def _asked(preview: str) -> tuple[Inquiry, Conference]:
    asked = inquiry(database(), preview)
    conference = by_ids(database(), CONFERENCES, [asked.conference]).get(asked.conference) if asked else None
    if asked is None or conference is None or asked.kind != CANCEL:
        raise PreviewUnknown("There is no preview under this address, or it has not been heard of here yet.")
    return asked, conference


def _samples(asked: Inquiry, conference: Conference) -> list[Sample]:
    """What those would be told whose sums payments has worked out, and who can be written to."""
    found = examples_of(database(), asked.id)
    if found is None:
        return []
    now, wording = business_now(), current(Wording)
    contacts = by_ids(database(), CONTACTS, [each.person for each in found.examples])
    association = by_ids(database(), ASSOCIATIONS, [conference.association]).get(conference.association)
    cancelled = as_if_cancelled(conference, asked, today=now.astimezone(ZoneInfo(conference.zone)).date())
    return [
        _sample(
            each,
            asked,
            conference=cancelled,
            association=association or Association(id=conference.association),
            contact=contacts[each.person],
            wording=wording,
            now=now,
        )
        for each in found.examples
        if each.person in contacts and contacts[each.person].is_known and contacts[each.person].can_be_reached
    ]


def _sample(
    example: Example,
    asked: Inquiry,
    *,
    conference: Conference,
    association: Association,
    contact: Contact,
    wording: Wording,
    now: datetime,
) -> Sample:
    message = message_of(example, inquiry=asked, conference=conference, now=now)
    if contact.email:
        words = wording.mail(message, contact=contact, conference=conference, association=association)
    else:
        words = wording.letter(message, contact=contact, conference=conference, association=association, written_on=now)
    return Sample(example=example, contact=contact, is_letter=not contact.email, words=words)
