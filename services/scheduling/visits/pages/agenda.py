"""My agenda as pages, by a signed link and without JavaScript: what is mine, the sessions to choose from, my calendar.

The same commands as the API behind forms. What was refused comes back as a page that says what to do, and where another
seat is held at that time, as a choice.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.scheduling.agendas import commands
from services.scheduling.agendas.domain.agendas import Agenda, AgendaUnknown
from services.scheduling.agendas.domain.rosters import AtThatTime, Hold, SeatAtThatTime
from services.scheduling.agendas.domain.turns import in_turn
from services.scheduling.agendas.domain.waitlist import SessionFull
from services.scheduling.agendas.schemas import claim_json
from services.scheduling.agendas.store import agendas
from services.scheduling.conferences.domain.conference import Conference, ConferenceUnknown, day_in
from services.scheduling.conferences.domain.zones import zones_to_choose
from services.scheduling.conferences.pages.personal_links import AGENDA, opened_link
from services.scheduling.conferences.store import conference_with_version
from services.scheduling.programme.domain.wording import hour_in_words, time_in_words
from services.scheduling.releases.domain import differences, sentences
from services.scheduling.releases.domain.now import now_and_next
from services.scheduling.releases.domain.releases import Release
from services.scheduling.releases.store import releases
from services.scheduling.visits.domain import agenda_view as view
from services.scheduling.visits.domain.agenda_view import Item
from shared.problem import NotFound, Refusal
from shared.sentences import Listed, marked, written
from shared.web import links
from shared.web.current import database, settings
from shared.web.forms import once
from shared.web.languages import asking, gettext, locale, offer_all
from shared.web.words import in_page_language, money

blueprint = Blueprint("mine", __name__, url_prefix="/scheduling/agenda")
offer_all(blueprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a page is made of: the person's agenda, and the conference as it is published."""

    token: str
    agenda: Agenda
    conference: Conference
    release: Release | None
    items: list[Item]
    now: datetime

    @property
    def mine(self) -> list[Item]:
        """What stands in their agenda."""
        return [each for each in self.items if each.is_mine or each.lost_seat or each.was_no_show]

    @property
    def zone(self) -> str:
        """The venue's."""
        return self.conference.zone

    def item(self, session: str) -> Item:
        """One session; raises when it isn't on the programme."""
        found = next((each for each in self.items if each.entry.session == session), None)
        if found is None:
            raise NotFound(marked("This session is not on the programme. Nothing was changed."))
        return found


@blueprint.get("/<token>")
def show_agenda(token: str) -> Response:
    """What is mine, day by day: offers first, then what changed, what goes on, and everything in order."""
    return _agenda_page(_seen(token))


@blueprint.get("/<token>/sessions")
def show_sessions(token: str) -> Response:
    """The sessions of one day, to star and to sign up for."""
    return _sessions_page(_seen(token), day=request.args.get("day", ""))


@blueprint.route("/<token>/calendar", methods=["GET", "POST"])
def show_calendar(token: str) -> Response:
    """How times are shown, calendar invitations, and the address of the personal calendar."""
    seen = _seen(token)
    if request.method == "GET":
        return _calendar_page(seen)
    asked = request.form
    try:
        match asked.get("do"):
            case "renew":
                _once(seen, commands.renew_feed)
                flash(gettext("Your calendar has an address now. If it had another, that one has ended."))
            case "revoke":
                database().run(commands.revoke_feed, agenda=seen.agenda.id)
                flash(gettext("The address of your calendar has ended. Calendars that used it get nothing any more."))
            case _:
                _prefer(seen, asked)
                flash(gettext("Saved."))
    except Refusal as refusal:
        return _calendar_page(seen, refused=refusal)
    return _see("mine.show_calendar", token=token)


@blueprint.post("/<token>/seen")
def mark_seen(token: str) -> Response:
    """The changes were seen; the page shows those that come after."""
    seen = _seen(token)
    if seen.release:
        database().run(commands.mark_release_seen, agenda=seen.agenda.id, release=seen.release.number)
    return _see("mine.show_agenda", token=token)


@blueprint.post("/<token>/sessions/<session>/star")
def star(token: str, session: str) -> Response:
    """Star a session."""
    return _act(token, session, _starred)


@blueprint.post("/<token>/sessions/<session>/unstar")
def unstar(token: str, session: str) -> Response:
    """Take the star away."""
    return _act(token, session, _unstarred)


@blueprint.post("/<token>/sessions/<session>/seat")
def take_seat(token: str, session: str) -> Response:
    """Sign up, or join the waitlist."""
    return _act(token, session, _signed_up)


@blueprint.post("/<token>/sessions/<session>/give-back")
def give_back(token: str, session: str) -> Response:
    """Give the seat back, leave the waitlist, or decline the offer."""
    return _act(token, session, _given_back)


@blueprint.post("/<token>/sessions/<session>/accept")
def accept(token: str, session: str) -> Response:
    """Take the seat that is offered."""
    return _act(token, session, _accepted)


# what the forms do


def _act(token: str, session: str, do: Callable[[Seen, Item], str]) -> Response:
    """Do what a form asks, say in words what came of it, and go back to where the form was."""
    seen = _seen(token)
    item = seen.item(session)
    try:
        flash(do(seen, item))
    except (SeatAtThatTime, SessionFull) as refusal:
        return _choice_page(seen, item, refusal)
    except Refusal as refusal:
        return _agenda_page(seen, refused=refusal)
    return _back(token)


def _starred(seen: Seen, item: Item) -> str:
    database().run(commands.star_session, agenda=seen.agenda.id, session=item.entry.session)
    return gettext("%(code)s is starred.", code=item.entry.code)


def _unstarred(seen: Seen, item: Item) -> str:
    database().run(commands.unstar_session, agenda=seen.agenda.id, session=item.entry.session)
    return gettext("%(code)s is not starred any more.", code=item.entry.code)


def _signed_up(seen: Seen, item: Item) -> str:
    claimed = _claim(
        seen, item, commands.sign_up, or_wait=request.form.get("or_wait") == "yes", at_that_time=_at_that_time()
    )
    return _told(seen, item, claimed)


def _accepted(seen: Seen, item: Item) -> str:
    return _told(seen, item, _claim(seen, item, commands.accept_seat, at_that_time=_at_that_time()))


def _given_back(seen: Seen, item: Item) -> str:
    _claim(seen, item, commands.give_back_seat)
    code = item.entry.code
    if item.place:
        return gettext("You don't wait for a seat in %(code)s any more.", code=code)
    if item.seat:
        return gettext("Your seat in %(code)s goes to the next who waits.", code=code)
    return gettext("You have no seat in %(code)s.", code=code)


def _told(seen: Seen, item: Item, claimed: Mapping[str, Any]) -> str:
    code = item.entry.code
    codes = [seen.item(each).entry.code for each in claimed["given_back"]]
    match claimed["standing"]:
        case Hold.SIGNED_UP | Hold.PAID if codes:
            return gettext(
                "You have a seat in %(code)s. Your seat in %(others)s was given back.",
                code=code,
                others=written(Listed(tuple(codes), is_joined=True), locale=locale()),
            )
        case Hold.SIGNED_UP | Hold.PAID:
            return gettext("You have a seat in %(code)s.", code=code)
        case Hold.OFFERED:
            return gettext("A seat in %(code)s is offered to you; please take it below.", code=code)
        case _:
            return gettext(
                "You are number %(number)s on the waitlist of %(code)s. We write to you when a seat is yours.",
                number=claimed["place"],
                code=code,
            )


def _claim(seen: Seen, item: Item, command: Callable[..., Any], **asked: Any) -> dict[str, Any]:
    with in_turn(item.entry.session):
        answer = _once(seen, command, answer=claim_json, session=item.entry.session, **asked)
    return cast(dict[str, Any], answer)


def _at_that_time() -> AtThatTime:
    given = request.form.get("at_that_time", "")
    return AtThatTime(given) if given in set(AtThatTime) else AtThatTime.ASK


def _once(seen: Seen, command: Callable[..., Any], *, answer: Callable[[Any], Any] = bool, **asked: Any) -> Any:
    """Run a command once per form that was shown, by the right of the link that opened it."""
    return once(command, scope=f"form:{seen.agenda.id}", answer=answer, agenda=seen.agenda.id, **asked)


def _prefer(seen: Seen, asked: Mapping[str, str]) -> None:
    zone = asked.get("zone", "")
    database().run(
        commands.set_preferences,
        agenda=seen.agenda.id,
        zone="" if zone == seen.zone else zone,
        wants_invitations=asked.get("wants_invitations") == "yes",
    )


# what is shown


def _seen(token: str) -> Seen:
    agenda = agendas.agenda(database(), opened_link(AGENDA, token))
    if agenda is None:
        raise AgendaUnknown(
            marked("We don't know of this registration yet. It may be very new; please try again in a minute.")
        )
    found = conference_with_version(database(), agenda.conference)
    if found is None:
        raise ConferenceUnknown(marked("There is no conference under this link."))
    release = releases.latest(database(), agenda.conference)
    rosters = agendas.rosters(database(), agenda.conference)
    items = view.items(release.entries, agenda, rosters) if release else []
    return Seen(
        token=token,
        agenda=agenda,
        conference=found[0],
        release=release,
        items=items,
        now=database().clock.now(),
    )


def _agenda_page(seen: Seen, *, refused: Refusal | None = None) -> Response:
    mine = seen.mine
    meant = [each.entry for each in mine if each.is_starred or each.has_seat]
    return _page(
        "agenda",
        seen,
        status=refused.status if refused else 200,
        refused=refused,
        offers=[each for each in mine if each.is_offer_open(seen.now)],
        to_choose=[each for each in mine if each.must_be_chosen()],
        changed=_changes(seen),
        moment=now_and_next(meant, now=seen.now),
        days=view.by_day(mine, zone=seen.zone),
    )


def _sessions_page(seen: Seen, *, day: str) -> Response:
    days = view.by_day(seen.items, zone=seen.zone)
    chosen = _day_of(day, days, today=day_in(seen.zone, seen.now))
    return _page("sessions", seen, days=days, day=chosen, shown=days.get(chosen, []) if chosen else [])


def _day_of(asked: str, days: Mapping[date, Any], *, today: date) -> date | None:
    found = next((each for each in days if each.isoformat() == asked), None)
    return found or next((each for each in days if each >= today), next(iter(days), None))


def _choice_page(seen: Seen, item: Item, refusal: Refusal) -> Response:
    """The same form again, with the choice that is left to the person."""
    others = [seen.item(each) for each in refusal.facts.get("sessions", ())]
    return _page(
        "choice",
        seen,
        status=refusal.status,
        refusal=refusal,
        item=item,
        others=others,
        may_swap=not any(each.has_paid_seat for each in others),
        is_full=isinstance(refusal, SessionFull),
        action=request.path,
        or_wait=request.form.get("or_wait", "no"),
    )


def _calendar_page(seen: Seen, *, refused: Refusal | None = None) -> Response:
    feed = asking(links.my_feed(settings(), seen.agenda.feed_token)) if seen.agenda.feed_token else ""
    status = refused.status if refused else 200
    return _page("calendar", seen, status=status, refused=refused, feed=feed, zones=zones_to_choose(locale()))


def _page(name: str, seen: Seen, *, status: int = 200, **context: Any) -> Response:
    registration = seen.agenda.registration
    page = render_template(
        f"visits/mine/{name}.html",
        seen=seen,
        token=seen.token,
        conference=seen.conference,
        now=seen.now,
        key=lambda: uuid.uuid4().hex,
        clock=partial(hour_in_words, locale=locale()),
        moment_of=partial(time_in_words, locale=locale()),
        last_minute=_last_minute,
        price_of=_price_of(seen),
        back=request.form.get("back") or _where(),
        my_registration=links.my_registration(settings(), registration) if registration else "",
        programme=links.conference(settings(), seen.conference.id),
        **context,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _last_minute(until: datetime) -> datetime:
    """The last minute in which an offer stands: midnight would read as the day after."""
    return until - timedelta(minutes=1)


def _price_of(seen: Seen) -> Callable[[int], str]:
    return lambda amount_minor: money(amount_minor, seen.conference.currency)


def _changes(seen: Seen) -> list[str]:
    """What changed of mine since I last said that I have seen it, in sentences."""
    if seen.release is None or seen.release.number <= max(seen.agenda.seen_release, 1):
        return []
    before = releases.release(database(), seen.conference.id, max(seen.agenda.seen_release, 1))
    found = view.changes_of_mine(differences.between(before, seen.release), seen.items)
    return [in_page_language(sentences.told(each, zone=seen.zone)) for each in found]


def _where() -> str:
    """Which page a form goes back to: `agenda`, or a day of the sessions."""
    return f"sessions:{request.args.get('day', '')}" if request.endpoint == "mine.show_sessions" else "agenda"


def _back(token: str) -> Response:
    where, _, day = request.form.get("back", "").partition(":")
    if where == "sessions":
        return _see("mine.show_sessions", token=token, day=day[:10] or None)
    return _see("mine.show_agenda", token=token)


def _see(endpoint: str, **values: Any) -> Response:
    return cast(Response, redirect(url_for(endpoint, **values), 303))
