"""Searches, one at a time: the solver works in a process of its own, so that events are handled meanwhile.

A search whose process was killed is claimed again when its lease ends, and starts anew, once. What it costs to be asked
twice is time; an answer changes nothing but the search itself.
"""

import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from services.scheduling.agendas.store import agendas
from services.scheduling.agendas.store.demand import demand
from services.scheduling.conferences.store import conference_with_version
from services.scheduling.programme.domain.conflict_rules import Rule
from services.scheduling.programme.store import programme
from services.scheduling.repair.domain import repair as domain
from services.scheduling.repair.domain.congress import in_words, moves, question
from services.scheduling.repair.domain.repair import Search, State, Task, WasSo
from services.scheduling.repair.jobs.solving import NotWanted, SolverFailed, solve
from services.scheduling.repair.store import SEARCHES
from shared.change import Change
from shared.contracts.flow import acts, job
from shared.jobs import Claim, JobKind, LeaseLost
from shared.mongo import Database
from shared.unit import Unit

LEASE_SECONDS = 12.0  # renewed while the solver works
RENEW_SECONDS = 3.0
TELL_SECONDS = 0.5  # between two looks at the search, and two words of progress
RESOLVE_FIRST = "A search starts from a draft without these. Resolve them in the draft, then ask again."

_IN_THE_WAY = frozenset({Rule.ROOM_TWICE, Rule.SPEAKER_TWICE, Rule.ORDER})  # a repair works around them, and names them


def searching(database: Database) -> JobKind[Search]:
    """The one kind of job here."""
    return JobKind("searches", SEARCHES, partial(search_repair, database), claim_count=1, lease_seconds=LEASE_SECONDS)


@job(of=SEARCHES)
def record_start(unit: Unit, *, claim: Claim[Search]) -> Search:
    """The solver is started; a search that is over, or was interrupted twice, ends here."""
    search = _held(unit, claim)
    if search.is_open:
        search = unit.save(SEARCHES, Change(domain.started(search)))
    if search.is_open:
        claim.renew(unit)
    else:
        claim.finish(unit)
    return search


@job(of=SEARCHES)
def record_progress(unit: Unit, *, claim: Claim[Search], progress: float, note: str) -> Search:
    """How far it is; the lease begins anew. A search that was cancelled meanwhile stays so."""
    claim.renew(unit)
    search = unit.load(SEARCHES, claim.id)
    assert search is not None
    told = domain.told(search, progress=progress, note=note)
    return unit.save(SEARCHES, Change(told)) if told != search else search


@job(of=SEARCHES)
def record_answer(unit: Unit, *, claim: Claim[Search], ended: Search) -> Search:
    """The answer is kept, or why there is none."""
    search = _held(unit, claim)
    claim.finish(unit)
    return unit.save(SEARCHES, Change(ended)) if search.is_open else search


@acts(of=SEARCHES)
def search_repair(database: Database, claim: Claim[Search]) -> None:
    """Asks the solver, which works in a process of its own, and keeps the lease meanwhile."""
    search = database.run(record_start, claim=claim)
    if search.state is not State.RUNNING:
        return
    renewing = _Renewing(database, claim)
    try:
        ended = _answer(database, search, renewing)
    except NotWanted:
        ended = search
    finally:
        renewing.stop()
    database.run(record_answer, claim=claim, ended=ended)


def _answer(database: Database, search: Search, renewing: "_Renewing") -> Search:
    found = conference_with_version(database, search.conference)
    assert found is not None
    zone = found[0].zone
    draft = programme.draft(database, found[0], demand=demand(database, search.conference))
    was_so = [
        WasSo(sentence=each.sentence, sessions=each.sessions) for each in draft.conflicts() if each.rule in _IN_THE_WAY
    ]
    if search.task is Task.FEWER_CLASHES and was_so:
        return domain.failed(search, RESOLVE_FIRST, because=was_so)
    sessions, known = draft.sessions, draft.programme
    asked = question(
        known,
        sessions,
        draft.speakers,
        stars=draft.demand.stars,
        agendas=agendas.star_lists(database, search.conference),
        zone=zone,
        incident=search.incident,
        with_unplaced=search.task is Task.FIRST_PLAN,
    )
    request: Mapping[str, Any] = {
        "task": search.task.value,
        "congress": asked.congress,
        "incident": asked.incident,
        "budget_seconds": search.budget_seconds,
        "seed": search.seed,
    }
    try:
        answer = solve(request, tell=renewing.tell, is_wanted=renewing.is_wanted, budget_seconds=search.budget_seconds)
    except SolverFailed as failure:
        return domain.failed(search, in_words(str(failure), sessions, draft.speakers))
    reasons = [in_words(each, sessions, draft.speakers) for each in answer["reasons"]]
    found_moves = () if answer["status"] in ("impossible", "possible") else moves(answer, known, sessions)
    return domain.answered(
        search,
        {**answer, "reasons": reasons},
        moves=found_moves,
        by_hand=asked.by_hand,
        was_so=was_so if search.task is Task.REPAIR else (),
    )


class _Renewing:
    """Keeps the lease while the solver is silent, and asks whether its answer is still wanted."""

    def __init__(self, database: Database, claim: Claim[Search]) -> None:
        self._database = database
        self._claim = claim
        self._said = (0.0, "Starting")
        self._is_wanted = True
        self._ended = threading.Event()
        self._told_at = 0.0
        self._thread = threading.Thread(target=self._run, name="search lease", daemon=True)
        self._thread.start()

    def tell(self, progress: float, note: str) -> None:
        """The solver's word on how far it is."""
        self._said = (progress, note)

    def is_wanted(self) -> bool:
        """Whether anybody waits for the answer still."""
        return self._is_wanted

    def stop(self) -> None:
        """The solver has ended."""
        self._ended.set()
        self._thread.join(LEASE_SECONDS)

    def _run(self) -> None:
        renewed_at, told = time.monotonic(), (0.0, "")
        while not self._ended.wait(TELL_SECONDS):
            if self._said == told and time.monotonic() - renewed_at < RENEW_SECONDS:
                continue
            told = self._said
            try:
                search = self._database.run(record_progress, claim=self._claim, progress=told[0], note=told[1])
            except LeaseLost:
                self._is_wanted = False
                return
            renewed_at = time.monotonic()
            self._is_wanted = search.is_open


def _held(unit: Unit, claim: Claim[Search]) -> Search:
    claim.keep(unit)
    search = unit.load(SEARCHES, claim.id)
    assert search is not None
    return search
