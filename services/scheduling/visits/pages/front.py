"""What scheduling says on the pages that all desks make together: what waits for the committee, and which conferences,
sessions and speakers a search finds."""

from collections.abc import Iterator
from typing import Any

from flask import url_for
from pymongo import ASCENDING, DESCENDING

from services.scheduling.conferences import store
from services.scheduling.decisions.pages.waiting import waiting_for_me
from services.scheduling.decisions.store.waiting import to_approve
from services.scheduling.programme.store.programme import SESSIONS, SPEAKERS
from shared.principals import Action
from shared.web.current import database, may, principal
from shared.web.front import FOUND_COUNT_MAX, Desk, Found, Waiting
from shared.web.searching import matching
from shared.web.words import day_in_words


def waiting() -> Iterator[Waiting]:
    """What the committee has to decide, conference by conference, the next one first."""
    conferences = sorted(store.conferences(database(), drafts=store.EVERY), key=lambda each: each.starts)
    waits = waiting_for_me(conferences)
    for conference in conferences:
        for each in waits[conference.id]:
            address = url_for(each.page, **dict[str, Any](each.of))
            yield Waiting(sentence=f"{conference.title}: {each.sentence}", address=address)


def decisions_to_approve() -> Iterator[Waiting]:
    """Decisions that somebody else has proposed, and that wait for a second person."""
    titles = _titles()
    for each in to_approve(database()):
        proposer = each.proposer.words if each.proposer else ""
        if each.conference in titles and not (each.proposer and each.proposer.id == principal().actor):
            said = f"{titles[each.conference]}: {proposer} asks you to approve that it is cancelled"
            address = url_for("deciding.show_decision", decision=each.id)
            yield Waiting(sentence=said, address=address, is_pressing=True)


def conferences_like(query: str) -> Iterator[Found]:
    """Conferences with these words in their title, city or short name, the latest first."""
    where = matching(query, fields=("title", "city", "key"))
    within = principal().conferences(Action.SEE_CONFERENCES)
    drafts = {} if within is None else {"$or": [{"life": {"$ne": "draft"}}, {"_id": {"$in": sorted(within)}}]}
    found = database().mongo[store.CONFERENCES.name].find({**where, **drafts}).sort("starts", DESCENDING)
    for each in map(store.CONFERENCES.state, found.limit(FOUND_COUNT_MAX + 1)):
        is_at_desk = may(Action.SEE_CONFERENCES, conference=each.id)
        page = "pages.show_desk_conference" if is_at_desk else "conferences.show_conference"
        yield Found(
            kind="Conference",
            title=each.title,
            about=f"{each.city}, from {day_in_words(each.starts)}",
            address=url_for(page, conference=each.id),
        )


def sessions_like(query: str) -> Iterator[Found]:
    """Sessions of any programme with these words in their code or title."""
    where = matching(query, fields=("code", "title"))
    found = database().mongo[SESSIONS.name].find(where).sort("_id", DESCENDING).limit(FOUND_COUNT_MAX + 1)
    titles = _titles()
    for each in map(SESSIONS.state, found):
        yield Found(
            kind="Session",
            title=f"{each.code} {each.title}",
            about=titles.get(each.conference, ""),
            address=url_for("session_pages.show_session", conference=each.conference, session=each.id),
        )


def speakers_like(query: str) -> Iterator[Found]:
    """People of this name who speak at a conference."""
    found = database().mongo[SPEAKERS.name].find(matching(query, fields=("name",))).sort("name", ASCENDING)
    titles = _titles()
    for each in map(SPEAKERS.state, found.limit(FOUND_COUNT_MAX + 1)):
        at = [conference for conference in each.appearances if conference in titles]
        if at:
            yield Found(
                kind="Speaker",
                title=each.name,
                about=titles[at[-1]],
                address=url_for("people_pages.show_speaker", conference=at[-1], person=each.id),
            )


def _titles() -> dict[str, str]:
    return {each.id: each.title for each in store.conferences(database(), drafts=store.EVERY)}


DESK = Desk(
    listers=((Action.DECIDE_PROPOSALS, waiting), (Action.APPROVE_DECISIONS, decisions_to_approve)),
    finders=(
        (Action.SEE_DESKS, conferences_like),
        (Action.SEE_PROGRAMME, sessions_like),
        (Action.SEE_PROGRAMME, speakers_like),
    ),
)
