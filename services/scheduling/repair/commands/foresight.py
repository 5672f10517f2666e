"""What a proposal would do if it were taken and released: worked out in a transaction of which nothing is kept."""

from collections.abc import Callable, Sequence

from services.scheduling.programme.domain import drafting
from services.scheduling.programme.store.draft import session_of
from services.scheduling.programme.store.programme import SESSIONS
from services.scheduling.releases.commands import preview
from services.scheduling.releases.domain.forecast import Preview
from services.scheduling.repair.commands.repair import draft_digest, make_moves
from services.scheduling.repair.domain.congress import Move
from services.scheduling.repair.domain.repair import DraftMovedOn, NothingFound, Search, State
from shared.change import Change
from shared.mongo import Database
from shared.unit import Unit

NOBODY = "a preview"
NOWHERE = "preview.invalid"  # no calendar ever sees it


def of_proposal(database: Database, search: Search) -> Preview:
    """What a release with this proposal in the draft would do; raises when there is none, or the draft has changed."""
    if search.state is not State.FOUND:
        raise NothingFound(f"This search is {search.state}; there is no proposal to look at.")

    def change(unit: Unit) -> None:
        if draft_digest(unit, search.conference) != search.draft_digest:
            raise DraftMovedOn("The draft was changed after the solver was asked. Ask again for it as it is now.")
        make_moves(unit, conference=search.conference, moves=search.moves, reason="", by=NOBODY)

    return _foresee(database, search.conference, change)


def of_moves(database: Database, conference: str, moves: Sequence[Move]) -> Preview:
    """What a release with these moves in the draft would do."""
    return _foresee(
        database,
        conference,
        lambda unit: make_moves(unit, conference=conference, moves=moves, reason="", by=NOBODY),
    )


def of_swap(database: Database, conference: str, session: str, other: str) -> Preview:
    """What a release with these two sessions in each other's places would do."""

    def swap(unit: Unit) -> None:
        swapped = drafting.swapped(session_of(unit, session), session_of(unit, other), by=NOBODY, now=unit.now)
        for each in swapped:
            unit.save(SESSIONS, Change(each))

    return _foresee(database, conference, swap)


def _foresee(database: Database, conference: str, change: Callable[[Unit], object]) -> Preview:
    return preview.preview(database, conference, domain=NOWHERE, after=change)
