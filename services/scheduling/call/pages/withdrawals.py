"""The committee's page of sessions that a speaker has left, where it has to decide what becomes of them."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, request

from services.scheduling.agendas.store import agendas
from services.scheduling.call import store
from services.scheduling.call.commands import speaking as speaker_commands
from services.scheduling.call.pages.forms import page, see, submitted
from services.scheduling.call.schemas.requests import OutcomeShape
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.store import programme
from services.scheduling.releases.store import releases
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database
from shared.web.forms import Form, once

blueprint = Blueprint("withdrawals", __name__, url_prefix="/scheduling/desk/conferences/<conference>")


@blueprint.get("/withdrawals")
@desk(Action.SEE_PROPOSALS)
def list_withdrawals(conference: str) -> Response:
    """Sessions that a speaker has left, where the committee has to decide."""
    return _withdrawals(conference, form=Form(), status=200)


@blueprint.post("/withdrawals/<withdrawal>/settle")
@desk(Action.DECIDE_PROPOSALS)
def settle_withdrawal(conference: str, withdrawal: str) -> Response:
    """Say what was decided; it leaves the list."""

    def act(asked: dict[str, Any]) -> Response:
        once(
            speaker_commands.settle_withdrawal,
            answer=lambda made: made.id,
            conference=conference,
            withdrawal=withdrawal,
            **asked,
        )
        flash("It is noted. Nobody was told by this; people learn of a change by a release.")
        return see("withdrawals.list_withdrawals", conference=conference)

    sent = {"outcome": request.form.get("outcome", "")}
    return submitted(OutcomeShape, sent, act, again=partial(_withdrawals, conference))


def _withdrawals(conference: str, *, form: Form, status: int) -> Response:
    known = conference_of(database(), conference)
    waiting, settled = (find(database(), conference) for find in (store.open_withdrawals, store.settled_withdrawals))
    sessions = {each.id: each for each in programme.sessions(database(), conference)}
    release = releases.latest(database(), conference)
    rosters = agendas.rosters(database(), conference)
    persons = sorted(
        {each.person for each in (*waiting, *settled)} | {p for s in sessions.values() for p in s.speakers}
    )
    return page(
        "withdrawals.html",
        form=form,
        status=status,
        conference=known,
        waiting=waiting,
        settled=settled,
        sessions=sessions,
        published={each.session: each for each in release.entries if not each.is_cancelled} if release else {},
        stars=agendas.star_counts(database(), conference),
        held={id_: len(each.held) for id_, each in rosters.items()},
        names={id_: each.name for id_, each in programme.speakers(database(), persons).items()},
        at=request.view_args.get("withdrawal", "") if request.view_args else "",
    )
