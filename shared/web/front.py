"""The pages that the four desks make together: what waits for whoever is signed in, and what the one search box finds.

No service asks another. Each says its own list on pages of its own; such a page leaves a place for every other desk,
with a link to what that one says, and the reader's browser puts it there (`static/desk.js`). Without a script the
links lead there. Leaves to the parts of each service what waits and what is found.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TypeVar, cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_from_directory, url_for

from shared import reach
from shared.auth import desk, principal
from shared.parking import Parking
from shared.parts import current
from shared.principals import Action
from shared.settings import Settings
from shared.web import links

QUERY_LENGTH_MIN, QUERY_LENGTH_MAX = 2, 100
FOUND_COUNT_MAX = 10  # of one kind, on the page that shows every kind
SCRIPT_SECONDS_KEPT = 3600
STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One kind of thing that a person has to do: a sentence with the count, and the page where it is done."""

    sentence: str
    address: str
    since: date | None = None  # since when the oldest of them waits
    is_pressing: bool = False  # money or a promise is at stake while it waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that a search has found: `Registration`, whose or which, what else tells it from others, its page."""

    kind: str
    title: str
    about: str
    address: str


T = TypeVar("T")
Lister = Callable[[], Iterable[Waiting]]
Finder = Callable[[str], Iterable[Found]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the parts of one service say on these pages, each to those who may do what it stands beside.

    A lister counts what waits. A finder yields one kind, the likeliest first; no more of it is read than is shown.
    """

    listers: Sequence[tuple[Action, Lister]] = field(default_factory=tuple)
    finders: Sequence[tuple[Action, Finder]] = field(default_factory=tuple)

    def waiting(self) -> list[Waiting] | None:
        """All that waits here, the pressing first; None for somebody to whom nothing can wait here."""
        listers = _as_far_as_they_may(self.listers)
        found: list[Waiting] = []
        for within, lister in listers:
            with reach.only(within):
                found.extend(lister())
        return sorted(found, key=lambda each: not each.is_pressing) if listers else None

    def found(self, query: str) -> list[list[Found]] | None:
        """What is like that, a list for each kind; None for somebody to whom nothing of this desk is shown.

        One more than is shown says that there are more.
        """
        finders = _as_far_as_they_may(self.finders)
        kinds: list[list[Found]] = []
        for within, finder in finders:
            with reach.only(within):
                kinds.append(list(islice(finder(query), FOUND_COUNT_MAX + 1)))
        return [each for each in kinds if each] if finders else None


def _as_far_as_they_may(known: Iterable[tuple[Action, T]]) -> list[tuple[frozenset[str] | None, T]]:
    """Those that whoever asks may have anything of, each with the conferences that they may have it of; None is all."""
    allowed = [(principal().conferences(action), each) for action, each in known]
    return [(within, each) for within, each in allowed if within is None or within]


def blueprint() -> Blueprint:
    """The routes `/desk/waiting` and `/desk/search` of one service, and the script of every desk's pages."""
    routes = Blueprint("front", __name__)

    @routes.get("/desk/waiting")
    @desk(Action.SEE_DESKS)
    def show_waiting() -> Response:
        return _waiting()

    @routes.get("/desk/search")
    @desk(Action.SEE_DESKS)
    def search() -> Response:
        query = " ".join(request.args.get("query", "").split())[:QUERY_LENGTH_MAX]
        is_enough = len(query) >= QUERY_LENGTH_MIN
        found = current(Desk).found(query) if is_enough else None
        said = {"found": found or [], "is_shown": found is not None, "count_max": FOUND_COUNT_MAX}
        return _page("found", searched=query, is_enough=is_enough, **said)

    @routes.get("/desk.js")
    def get_script() -> Response:
        return send_from_directory(STATIC, "desk.js", max_age=SCRIPT_SECONDS_KEPT)

    return routes


def home(settings: Settings) -> Response:
    """`/`: who is signed in finds what waits for them; everybody else, the conferences. One service answers it."""
    if settings.service == "scheduling" and principal().is_staff:
        return desk(Action.SEE_DESKS)(_waiting)()
    return cast(Response, redirect(links.desks(settings)["Conferences"]))


def _waiting() -> Response:
    waiting = current(Desk).waiting()
    parked: list[Waiting] = []
    for within, count in _as_far_as_they_may([(Action.SEE_PARKED, _parked)]):
        with reach.only(within):
            parked = count()
    return _page("waiting", waiting=[*parked, *(waiting or [])], is_shown=waiting is not None)


def _page(name: str, **said: object) -> Response:
    """The whole page, or the part of it that is this service's, for another's page to show."""
    is_part = request.args.get("part") == "yes"
    template = f"{name}_here.html" if is_part else f"{name}.html"
    response = make_response(render_template(template, **said))
    response.headers["Cache-Control"] = "no-store"
    return response


def _parked() -> list[Waiting]:
    count = len(current(Parking).list(is_seen=reach.sees_parked))
    sentence = f"{count} events could not be handled" if count != 1 else "An event could not be handled"
    address = url_for("parked.listing")
    return [Waiting(sentence=sentence, address=address, is_pressing=True)] if count else []
