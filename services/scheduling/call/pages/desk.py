"""The committee's pages of the call: its terms, the proposals, their review and decision."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, request

from services.scheduling.call import store
from services.scheduling.call.commands import proposals as commands
from services.scheduling.call.domain.codes import next_code
from services.scheduling.call.domain.listing import Filters, filtered
from services.scheduling.call.domain.proposals import Proposal, ProposalUnknown, may_be_accepted, may_be_declined
from services.scheduling.call.pages.forms import LANGUAGES, page, see, submitted
from services.scheduling.call.schemas.requests import DecisionShape, ReviewShape, TermsShape
from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.domain.programme import Session
from services.scheduling.programme.domain.wording import KIND_WORDS
from services.scheduling.programme.store import programme
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import business_now, database, principal
from shared.web.forms import Form, once, version_seen
from shared.web.words import day_in_words

BULK_MAX = 200

blueprint = Blueprint("call_desk", __name__, url_prefix="/scheduling/desk/conferences/<conference>")


# the terms


@blueprint.route("/call", methods=["GET", "POST"])
@desk(Action.DECIDE_PROPOSALS)
def set_call(conference: str) -> Response:
    """The form for the call's terms."""
    known = conference_of(database(), conference)
    if request.method == "GET":
        return page("terms.html", form=_terms_form(conference), **_terms_context(known))

    def act(asked: Any) -> Response:
        call = once(
            commands.set_call,
            answer=lambda made: {"opens": made.terms.opens.isoformat()},
            conference=conference,
            asked=asked,
            seen=version_seen(),
            by=principal().words,
        )
        flash(f"The call is saved. It takes proposals from {day_in_words(call['opens'])} on.")
        return see("call_desk.list_proposals", conference=conference)

    return submitted(TermsShape, _terms_sent(), act, again=partial(page, "terms.html", **_terms_context(known)))


def _terms_form(conference: str) -> Form:
    call = store.call(database(), conference)
    if call is None:
        return Form(values={"confirm_days": "14", "lengths": "75", "seen": "0"}, picked={"kinds": ["concurrent"]})
    terms = call.terms
    values = {
        "opens": terms.opens.isoformat(),
        "closes": terms.closes.isoformat(),
        "decided_by": terms.decided_by.isoformat() if terms.decided_by else "",
        "confirm_days": str(terms.confirm_days),
        "lengths": ", ".join(str(each) for each in terms.lengths),
        "intro": terms.intro,
        "seen": str(call.revision),
    }
    return Form(values=values, picked={"kinds": [each.value for each in terms.kinds], "tracks": list(terms.tracks)})


def _terms_sent() -> dict[str, Any]:
    words = request.form.get("lengths", "").replace(",", " ").split()
    return {
        "opens": request.form.get("opens", ""),
        "closes": request.form.get("closes", ""),
        "decided_by": request.form.get("decided_by") or None,
        "confirm_days": _whole(request.form.get("confirm_days", "")),
        "kinds": request.form.getlist("kinds"),
        "tracks": request.form.getlist("tracks"),
        "lengths": [_whole(each) for each in words],
        "intro": request.form.get("intro", ""),
    }


def _whole(text: str) -> int:
    """A number as it was typed; what is none is below every range."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else -1


def _terms_context(conference: Conference) -> dict[str, Any]:
    return {
        "conference": conference,
        "kinds": KIND_WORDS,
        "tracks": programme.programme(database(), conference.id).tracks,
        "is_new": store.call(database(), conference.id) is None,
    }


# the proposals


@blueprint.get("/proposals")
@desk(Action.SEE_PROPOSALS)
def list_proposals(conference: str) -> Response:
    """What was proposed, with filters, average scores, and decisions about many at once."""
    return _list(conference)


@blueprint.post("/proposals/decide")
@desk(Action.DECIDE_PROPOSALS)
def decide_many(conference: str) -> Response:
    """Accept or decline what is ticked: each by itself, so that what can't be done keeps nothing else from it."""
    conference_of(database(), conference)
    decision, ticked = request.form.get("decision", ""), list(dict.fromkeys(request.form.getlist("session")))[:BULK_MAX]
    if decision not in ("accept", "decline") or not ticked:
        return _list(conference, refusal="Tick some proposals and choose what to do. Nothing was decided.", status=422)
    done, problems = [], []
    for each in ticked:
        try:
            done.append(_decide_one(conference, each, is_accepted=decision == "accept"))
        except Refusal as refusal:
            problems.append(refusal.detail)
    if done:
        flash(f"{'Accepted' if decision == 'accept' else 'Declined'}: {', '.join(done)}. The proposers are told.")
    if problems:
        return _list(conference, refusal=" ".join(problems), status=409)
    return see("call_desk.list_proposals", conference=conference, **request.args.to_dict())


def _decide_one(conference: str, session: str, *, is_accepted: bool) -> str:
    _found(conference, session)
    told = {
        "session": session,
        "remark": request.form.get("remark", "").strip()[:1000],
        "seen": None,
        "by": principal().words,
    }
    command: Callable[..., Any] = commands.accept_proposal if is_accepted else commands.decline_proposal
    made = once(
        command,
        scope=f"form:{principal().scope}:{session}",
        answer=lambda proposal: proposal.code,
        **(told | ({"code": ""} if is_accepted else {})),
    )
    return str(made)


def _list(conference: str, *, refusal: str = "", status: int = 200) -> Response:
    known = conference_of(database(), conference)
    filters = Filters.of(request.args)
    found = store.proposals(database(), conference)
    return page(
        "proposals.html",
        form=Form(refusal=refusal, picked={"session": request.form.getlist("session")}),
        status=status,
        conference=known,
        call=store.call(database(), conference),
        standing=_standing(known),
        rows=filtered(found, filters),
        all_count=len(found),
        filters=filters,
        kinds=KIND_WORDS,
        tracks=programme.programme(database(), conference).tracks,
        names=_names(found),
        open_count=len(store.open_withdrawals(database(), conference)),
    )


def _standing(conference: Conference) -> str:
    call = store.call(database(), conference.id)
    return call.standing_at(conference, business_now()).value if call else ""


def _names(found: list[tuple[Proposal, Session]]) -> dict[str, str]:
    persons = {person for proposal, session in found for person in (*proposal.persons, *session.speakers)}
    return {id_: each.name for id_, each in programme.speakers(database(), sorted(persons)).items()}


# one proposal


@blueprint.get("/proposals/<session>")
@desk(Action.SEE_PROPOSALS)
def show_proposal(conference: str, session: str) -> Response:
    """One proposal, its reviews, and the forms to review and decide."""
    return _proposal(conference, session)


@blueprint.post("/proposals/<session>/review")
@desk(Action.DECIDE_PROPOSALS)
def review_proposal(conference: str, session: str) -> Response:
    """Keep a reviewer's score and comment."""
    _found(conference, session)
    sent = {"reviewer": request.form.get("reviewer", ""), "comment": request.form.get("comment", "")}
    score = request.form.get("score", "")
    sent_whole: dict[str, Any] = sent | ({"score": _whole(score)} if score else {})

    def act(asked: dict[str, Any]) -> Response:
        once(commands.review_proposal, answer=lambda made: made.code, session=session, **asked)
        flash("Your review is saved.")
        return see("call_desk.show_proposal", conference=conference, session=session)

    return submitted(ReviewShape, sent_whole, act, again=partial(_proposal_again, conference, session))


@blueprint.post("/proposals/<session>/decide")
@desk(Action.DECIDE_PROPOSALS)
def decide_proposal(conference: str, session: str) -> Response:
    """Accept under a final code, or decline; who proposed it is told at once."""
    _found(conference, session)
    decision = request.form.get("decision", "")
    sent = {"code": request.form.get("code", "").strip(), "remark": request.form.get("remark", "")}
    sent_whole: dict[str, Any] = sent | ({"is_accepted": decision == "accept"} if decision else {})

    def act(asked: dict[str, Any]) -> Response:
        told = {"session": session, "remark": asked["remark"], "seen": version_seen(), "by": principal().words}
        if asked["is_accepted"]:
            once(commands.accept_proposal, answer=lambda made: made.code, code=asked["code"], **told)
            flash("It is accepted. Its speakers are asked to confirm.")
        else:
            once(commands.decline_proposal, answer=lambda made: made.code, **told)
            flash("It is declined. Who proposed it is told.")
        return see("call_desk.show_proposal", conference=conference, session=session)

    return submitted(DecisionShape, sent_whole, act, again=partial(_proposal_again, conference, session))


def _proposal_again(conference: str, session: str, *, form: Form, status: int) -> Response:
    return _proposal(conference, session, form=form, status=status)


def _proposal(conference: str, session: str, *, form: Form | None = None, status: int = 200) -> Response:
    known = conference_of(database(), conference)
    proposal, own, version = _found(conference, session)
    taken = [each.code for each in programme.sessions(database(), conference)]
    is_new_code = own.code == proposal.code
    return page(
        "proposal.html",
        form=form or Form(),
        status=status,
        conference=known,
        proposal=proposal,
        session=own,
        version=version,
        code=next_code(own.kind, taken) if is_new_code else own.code,
        may_accept=not known.is_cancelled and may_be_accepted(proposal, own, zone=known.zone, now=business_now()),
        may_decline=not known.is_cancelled and may_be_declined(own),
        kinds=KIND_WORDS,
        languages=LANGUAGES,
        tracks={each.id: each.title for each in programme.programme(database(), conference).tracks},
        names=_names([(proposal, own)]),
    )


def _found(conference: str, session: str) -> tuple[Proposal, Session, int]:
    found = store.proposal_with_version(database(), session)
    if found is None or found[0].conference != conference:
        raise ProposalUnknown("There is no proposal under this address. Nothing was changed.")
    return found
