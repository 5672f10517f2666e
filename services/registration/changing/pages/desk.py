"""The desk's page of what is carried out for many registrants at once: how far it is, to pause, let go on or stop.

A refusal shows on the page it belongs to, and what was typed is kept.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.registration.changing.commands import renamed_option, steering
from services.registration.changing.commands.held_conference import HELD_CONFERENCE
from services.registration.changing.commands.renamed_option import RENAMED_OPTION, RenamedOption
from services.registration.changing.domain.conference_runs import CANCELLED_CONFERENCE
from services.registration.changing.domain.runs import Mode, Run, RunUnknown, Step, facts_of
from services.registration.changing.domain.session_runs import CANCELLED_SESSION, CancelledSession
from services.registration.changing.schemas import NewNameShape
from services.registration.changing.store import RUNS, list_runs
from services.registration.people.store import read
from services.registration.prices.domain.conferences import Conference, ConferenceUnknown
from services.registration.prices.store import CONFERENCES, places_of
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.acts import LastAct, last_acts
from shared.web.current import database, may
from shared.web.forms import Form

blueprint = Blueprint("runs_desk", __name__, url_prefix="/registration/desk", template_folder="../templates")


class RunShown(NamedTuple):
    """A run as the desk reads it: what it is, how far it is, and what may be asked of it."""

    run: Run
    subject: str
    progress: str
    badge: str
    act: LastAct | None  # who asked it of the run, or began it

    @property
    def is_over(self) -> bool:
        """Whether nothing can be asked of it any more."""
        return self.run.step is Step.SETTLED or self.run.mode is Mode.STOPPED


@blueprint.get("/conferences/<conference>/runs")
@desk(Action.SEE_REGISTRATIONS)
def show_runs(conference: str) -> Response:
    """What is carried out for many registrants of a conference, and how far it is."""
    return _page(_conference(conference), form=Form())


@blueprint.post("/conferences/<conference>/renamings")
@desk(Action.EDIT_PRICES)
def rename_option(conference: str) -> Response:
    """Call an option by another name, and tell everyone who has it."""
    known = _conference(conference)
    try:
        asked = forms.read(NewNameShape(), _typed())
        product = request.form.get("product", "")
        forms.once(renamed_option.rename_option, conference=conference, product=product, **asked)
    except Refusal as refusal:
        return _page(known, form=forms.refused(refusal))
    flash(f"Saved: {asked['label']}. Everyone who has it is being told now.")
    return cast(Response, redirect(url_for("runs_desk.show_runs", conference=conference), 303))


def _typed() -> dict[str, str]:
    """What was typed into the form, but for an empty note, which is none."""
    typed = {name: request.form.get(name, "") for name in ("label", "note")}
    return typed if typed["note"].strip() else {"label": typed["label"]}


@blueprint.post("/runs/<run>/pause")
@desk(Action.STEER_RUNS)
def pause_run(run: str) -> Response:
    """Hold a run up where it stands."""
    return _steered(steering.pause_run, run, done="Paused. Nothing more happens until you let it go on.")


@blueprint.post("/runs/<run>/resume")
@desk(Action.STEER_RUNS)
def resume_run(run: str) -> Response:
    """Let a run go on from where it stands."""
    return _steered(steering.resume_run, run, done="It goes on from where it stood.")


@blueprint.post("/runs/<run>/stop")
@desk(Action.STEER_RUNS)
def stop_run(run: str) -> Response:
    """End a run here, for good."""
    return _steered(steering.stop_run, run, done="Stopped. What was done stays done; nobody else is touched.")


def _steered(command: Callable[..., Run], id_: str, *, done: str) -> Response:
    known = read(database(), RUNS, id_)
    if known is None:
        raise RunUnknown("There is no run under this address. Nothing was changed.")
    try:
        database().run(command, run=id_)
    except Refusal as refusal:
        return _page(_conference(known.conference), form=forms.refused(refusal))
    flash(done)
    return cast(Response, redirect(url_for("runs_desk.show_runs", conference=known.conference), 303))


def _page(conference: Conference, *, form: Form) -> Response:
    page = render_template(
        "changing/desk_runs.html",
        conference=conference,
        runs=_runs(conference),
        places=places_of(database(), conference.id),
        may_rename=may(Action.EDIT_PRICES) and _may_still_be_renamed(conference),
        may_steer=may(Action.STEER_RUNS),
        form=form,
    )
    response = make_response(page, form.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_still_be_renamed(conference: Conference) -> bool:
    is_past = conference.is_cancelled or conference.is_over(database().clock.now())
    return bool(conference.fees and conference.fees.options) and not is_past


def _runs(conference: Conference) -> list[RunShown]:
    found = list_runs(database(), conference=conference.id)
    acts = last_acts(RUNS, [each.id for each in found])
    return [
        RunShown(each, _subject(each, conference), _progress(each), _badge(each), acts.get(each.id)) for each in found
    ]


def _subject(run: Run, conference: Conference) -> str:
    match run.kind:
        case str() if run.kind == CANCELLED_CONFERENCE:
            return f"{conference.title} is cancelled"
        case str() if run.kind == HELD_CONFERENCE:
            return "Registration is closed while a decision can be undone"
        case str() if run.kind == CANCELLED_SESSION:
            return f"Session {facts_of(run, CancelledSession).code} is cancelled"
        case str() if run.kind == RENAMED_OPTION:
            return f"Renamed: {facts_of(run, RenamedOption).label}"
        case _:
            return run.kind.replace("_", " ").capitalize()


_STEPS: Mapping[Step, str] = {
    Step.CLOSING: "About to begin",
    Step.WALKING: "Under way",
    Step.COUNTING: "Being counted",
    Step.SETTLING: "Done for everyone; waiting for what registrants choose",
    Step.REOPENING: "Being called back",
    Step.RESTORING: "Being called back",
    Step.SETTLED: "Finished",
}


def _progress(run: Run) -> str:
    count = run.done_count if run.count is None else run.count
    people = "1 registrant" if count == 1 else f"{count:,} registrants"
    return f"{_STEPS[run.step]}: {people} so far" if run.count is None else f"{_STEPS[run.step]}: {people}"


def _badge(run: Run) -> str:
    return run.mode.value if run.mode is not Mode.RUNNING else ""


def _conference(id_: str) -> Conference:
    known = read(database(), CONFERENCES, id_)
    if known is None:
        raise ConferenceUnknown(
            "There is no conference under this address. It may be very new; please try again in a minute."
        )
    return known
