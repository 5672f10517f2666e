"""A speaker's own page: my sessions, confirm, withdraw, when I can't come, my name and words.

The signed link is the right of one person at one conference; it gives none to anybody else's sessions.
"""

from collections.abc import Mapping

from flask import Blueprint, Response, flash, request

from services.scheduling.call import store
from services.scheduling.call.commands import speaking as speaker_commands
from services.scheduling.call.domain import away
from services.scheduling.call.domain.mine import Mine, mine
from services.scheduling.call.domain.speaking import NOT_ON_STAGE, NotOnStage
from services.scheduling.call.pages.forms import page, see
from services.scheduling.conferences.domain.conference import day_in
from services.scheduling.conferences.pages.personal_links import SPEAKING, opened_link
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.commands import editing as programme_commands
from services.scheduling.programme.domain.programme import Speaker, SpeakerUnknown
from services.scheduling.programme.schemas.requests import SpeakerWords
from services.scheduling.programme.store import programme
from services.scheduling.releases.store import releases
from shared.problem import Invalid, NotFound, Refusal
from shared.sentences import marked
from shared.web import links
from shared.web.app import wants_page
from shared.web.current import business_now, database, settings
from shared.web.forms import Form, once, read, refused, version_seen
from shared.web.languages import gettext, offer_all

BY = marked("the speaker")

blueprint = Blueprint("speaking", __name__, url_prefix="/scheduling/speaking/<token>")
offer_all(blueprint)


class _Link:
    """Who came by which link."""

    def __init__(self, token: str) -> None:
        self.token = token
        conference, _, self.person = opened_link(SPEAKING, token).rpartition(":")
        try:
            self.conference = conference_of(database(), conference)
            self.speaker, self.version = programme.speaker_with_version(database(), self.person)
        except (NotFound, SpeakerUnknown):
            raise NotFound(marked("There is nothing under this link any more. Nothing was changed.")) from None

    @property
    def scope(self) -> str:
        """Whose idempotency keys these are."""
        return f"speaking:{self.conference.id}:{self.person}"

    def again(self) -> Response:
        """Back to the page."""
        return see("speaking.show", token=self.token)


@blueprint.get("")
def show(token: str) -> Response:
    """My sessions, and what is known of me."""
    return _page(_Link(token))


@blueprint.post("/sessions/<session>/confirm")
def confirm(token: str, session: str) -> Response:
    """I will come and speak."""
    link = _Link(token)
    try:
        title = once(
            speaker_commands.confirm_session,
            scope=link.scope,
            answer=lambda made: made.title,
            conference=link.conference.id,
            person=link.person,
            session=session,
        )
    except Refusal as refusal:
        return _refused(link, refusal)
    flash(gettext("Thank you. You will speak in “%(title)s”.", title=title))
    return link.again()


@blueprint.route("/sessions/<session>/withdraw", methods=["GET", "POST"])
def withdraw(token: str, session: str) -> Response:
    """I can't come: first what that will do, then it is done."""
    link = _Link(token)
    if request.method == "GET":
        own = _one(link, session)
        return page("withdraw.html", link=link, mine=own, names=_names([own]), address=_address(link))
    try:
        title = once(
            speaker_commands.withdraw_from_session,
            scope=link.scope,
            answer=lambda made: made.title,
            conference=link.conference.id,
            person=link.person,
            session=session,
        )
    except Refusal as refusal:
        return _refused(link, refusal)
    flash(gettext("You have withdrawn from “%(title)s”. Thank you for telling us.", title=title))
    return link.again()


@blueprint.post("/words")
def describe(token: str) -> Response:
    """My name and my words, as the programme shows them."""
    link = _Link(token)
    try:
        asked = read(SpeakerWords(), {name: request.form.get(name, "") for name in ("name", "biography")})
        database().run(programme_commands.describe_speaker, person=link.person, **asked, seen=version_seen(), by=BY)
    except Refusal as refusal:
        return _refused(link, refusal)
    flash(gettext("Your name and words are saved. The public programme has them with its next release."))
    return link.again()


@blueprint.post("/availability")
def set_availability(token: str) -> Response:
    """When I can't come."""
    link = _Link(token)
    count = request.form.get("rows", "")
    try:
        windows = away.windows(
            request.form, zone=link.conference.zone, row_count=int(count) if count.isdecimal() and len(count) < 4 else 0
        )
        database().run(
            programme_commands.set_availability,
            conference=link.conference.id,
            person=link.person,
            away=windows,
            is_complimentary=None,
            seen=version_seen(),
            by=BY,
        )
    except away.AwayWrong as wrong:
        return _wrong(link, {f"day_{wrong.row}": gettext(wrong.detail)})
    except Refusal as refusal:
        return _refused(link, refusal)
    flash(gettext("It is saved. The committee sees it when it plans."))
    return link.again()


@blueprint.post("/coming")
def say_whether_coming(token: str) -> Response:
    """I don't speak any more, and come all the same, or not."""
    link = _Link(token)
    answer = request.form.get("comes", "")
    if answer not in ("yes", "no"):
        return _wrong(link, {"comes": gettext("Please choose one.")})
    try:
        once(
            speaker_commands.say_whether_coming,
            scope=link.scope,
            answer=lambda made: made.id,
            conference=link.conference.id,
            person=link.person,
            comes=answer == "yes",
        )
    except Refusal as refusal:
        return _refused(link, refusal)
    stays = gettext("Thank you. Your free registration stays.")
    flash(stays if answer == "yes" else gettext("Thank you for telling us."))
    return link.again()


# the page


def _page(link: _Link, *, form: Form | None = None, status: int = 200) -> Response:
    conference, speaker = link.conference, link.speaker
    sessions = _sessions(link)
    left = store.withdrawals_of(database(), conference.id, link.person)
    is_on_stage = any(link.person in each.session.speakers for each in sessions)
    known = away.rows(speaker.away_at(conference.id), zone=conference.zone)
    return page(
        "speaking.html",
        form=form or Form(values={"name": speaker.name, "biography": speaker.biography}),
        status=status,
        link=link,
        sessions=sessions,
        names=_names(sessions),
        rows=_rows(form, known) if form else known + [{} for _ in range(away.ROWS_NEW)],
        is_to_come=not conference.is_cancelled and day_in(conference.zone, business_now()) <= conference.ends,
        is_published=any(each.entry and not each.entry.is_cancelled and each.may_withdraw for each in sessions),
        question=next((each for each in left.values() if each.is_complimentary), None) if not is_on_stage else None,
        address=_address(link),
    )


def _rows(form: Form, known: list[dict[str, str]]) -> list[Mapping[str, str]]:
    """The rows as they were entered, if it was these that were sent; else as they are known."""
    count = str(form.values.get("rows", ""))
    if not count.isdecimal() or len(count) > 2:
        return [*known, *({} for _ in range(away.ROWS_NEW))]
    names = ("day", "from", "until")
    return [{name: str(form.values.get(f"{name}_{row}", "")) for name in names} for row in range(int(count))]


def _sessions(link: _Link) -> list[Mine]:
    conference = link.conference
    left = store.withdrawals_of(database(), conference.id, link.person)
    release = releases.latest(database(), conference.id)
    return [
        mine(
            session,
            proposal,
            left.get(session.id),
            release.entry(session.id) if release else None,
            person=link.person,
            zone=conference.zone,
            now=business_now(),
        )
        for session, proposal in store.sessions_of_person(database(), conference.id, link.person)
    ]


def _one(link: _Link, session: str) -> Mine:
    own = next((each for each in _sessions(link) if each.session.id == session), None)
    if own is None:
        raise NotFound(marked("There is no session of yours under this address. Nothing was changed."))
    if not own.may_withdraw:
        raise NotOnStage.saying(NOT_ON_STAGE, title=own.session.title)
    return own


def _names(sessions: list[Mine]) -> dict[str, str]:
    persons = sorted({person for each in sessions for person in each.session.speakers})
    found: dict[str, Speaker] = programme.speakers(database(), persons)
    return {id_: each.name for id_, each in found.items()}


def _address(link: _Link) -> str:
    return links.conference(settings(), link.conference.id)


def _wrong(link: _Link, messages: Mapping[str, str]) -> Response:
    return _refused(link, Invalid(marked("Some fields make no sense. Nothing was changed."), errors={"form": messages}))


def _refused(link: _Link, refusal: Refusal) -> Response:
    if not wants_page():
        raise refusal
    return _page(link, form=_kept(link, refused(refusal)), status=refusal.status)


def _kept(link: _Link, form: Form) -> Form:
    """What was sent, beside what the other forms of the page had."""
    known = {"name": link.speaker.name, "biography": link.speaker.biography}
    return Form(values=known | dict(form.values), errors=form.errors, refusal=form.refusal)
