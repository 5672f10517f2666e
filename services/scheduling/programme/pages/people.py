"""The pages of a conference's speakers: who there is, what is said of them, when they can't come."""

from flask import Blueprint, Response, flash

from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.commands import editing as commands
from services.scheduling.programme.domain.programme import Appearance
from services.scheduling.programme.domain.stretches import LINE, StretchUnreadable, lines_of, windows_from
from services.scheduling.programme.pages.forms import entered, once_by_editor, page, read, refused, see
from services.scheduling.programme.schemas import frame as frame_schemas
from services.scheduling.programme.schemas import requests as schemas
from services.scheduling.programme.store import programme as store
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import database
from shared.web.forms import Form, once, version_seen

blueprint = Blueprint(
    "people_pages", __name__, url_prefix="/scheduling/desk/conferences/<conference>/programme/speakers"
)


@blueprint.get("")
@desk(Action.SEE_PROGRAMME)
def show_speakers(conference: str) -> Response:
    """Everybody who speaks or was introduced, with their sessions."""
    return _list(conference, Form())


@blueprint.post("")
@desk(Action.EDIT_PROGRAMME)
def introduce_speaker(conference: str) -> Response:
    """Bring somebody in; a name and address that we know is the person we know."""
    values = entered()
    shape = {
        "name": values.get("name", ""),
        "email": values.get("email", "").strip() or None,
        "postal_address": [line.strip() for line in values.get("postal_address", "").split("\n") if line.strip()],
        "biography": values.get("biography", ""),
        "is_complimentary": values.get("is_complimentary") == "yes",
    }
    try:
        speaker = read(schemas.SpeakerShape, shape)
        made = once(
            commands.introduce_speaker,
            answer=lambda kept: {"id": kept[0].id, "name": kept[0].name},
            conference=conference,
            speaker=speaker,
        )
    except Refusal as refusal:
        return _list(conference, refused(refusal), status=refusal.status)
    flash(f"{made['name']} can be put on a stage now.")
    return see("people_pages.show_speakers", conference=conference)


@blueprint.get("/<person>")
@desk(Action.SEE_PROGRAMME)
def show_speaker(conference: str, person: str) -> Response:
    """One speaker."""
    return _speaker(conference, person)


@blueprint.post("/<person>/words")
@desk(Action.EDIT_PROGRAMME)
def describe_speaker(conference: str, person: str) -> Response:
    """Correct the public name or what is said of them."""
    values = entered()
    try:
        said = read(schemas.SpeakerWords, {name: values.get(name, "") for name in ("name", "biography")})
        once_by_editor(commands.describe_speaker, person=person, seen=version_seen(), **said)
    except Refusal as refusal:
        return _speaker(conference, person, words=refused(refusal), status=refusal.status)
    flash(f"What is said of {said['name']} is saved. Everybody sees it after the next release.")
    return see("people_pages.show_speaker", conference=conference, person=person)


@blueprint.post("/<person>/availability")
@desk(Action.EDIT_PROGRAMME)
def set_availability(conference: str, person: str) -> Response:
    """Say when they can't come."""
    values, zone = entered(), conference_of(database(), conference).zone
    try:
        away = tuple(windows_from(values.get("away", ""), zone=zone))
        free = values.get("is_complimentary") == "yes"
        once_by_editor(
            commands.set_availability,
            conference=conference,
            person=person,
            away=away[: frame_schemas.WINDOW_COUNT_MAX],
            is_complimentary=free,
            seen=version_seen(),
        )
    except StretchUnreadable as fault:
        form = Form(values=values, errors={"away": str(fault)})
        return _speaker(conference, person, availability=form, status=422)
    except Refusal as refusal:
        return _speaker(conference, person, availability=refused(refusal), status=refusal.status)
    flash("It is saved. Conflicts that follow from it stand beside the draft.")
    return see("people_pages.show_speaker", conference=conference, person=person)


def _list(conference: str, form: Form, *, status: int = 200) -> Response:
    known, sessions = conference_of(database(), conference), store.sessions(database(), conference)
    speakers = [each for each, _ in store.speakers_of(database(), conference)]
    return page(
        "speakers",
        status=status,
        conference=known,
        speakers=sorted(speakers, key=lambda each: each.name.casefold()),
        sessions={each.id: [one for one in sessions if each.id in one.speakers] for each in speakers},
        form=form,
    )


def _speaker(
    conference: str, person: str, *, words: Form | None = None, availability: Form | None = None, status: int = 200
) -> Response:
    known = conference_of(database(), conference)
    speaker, version = store.speaker_with_version(database(), person)
    free = speaker.appearances.get(conference, Appearance()).is_complimentary
    away = lines_of(speaker.away_at(conference), zone=known.zone)
    return page(
        "speaker",
        status=status,
        conference=known,
        speaker=speaker,
        version=version,
        sessions=[each for each in store.sessions(database(), conference) if person in each.speakers],
        words_form=words or Form(values={"name": speaker.name, "biography": speaker.biography}),
        away_form=availability or Form(values={"away": away, "is_complimentary": "yes" if free else ""}),
        example=LINE,
    )
