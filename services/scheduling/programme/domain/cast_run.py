"""The cast's run: everybody who was to speak at a cancelled conference is told of, chunk by chunk, then counted.

Owns how far it is. No event of it grows with the number of people: each says one person, the last one their count and
digest, so that a listener knows when it has heard of all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from shared.change import Change
from shared.contracts.scheduling import Speaking, SpeakingCancelled, SpeakingRunClosed
from shared.ids import digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CastRun:
    """The run of one cancellation through the conference's cast; its id is the cancellation's."""

    id: str
    conference: str
    correlation: str
    actor: str = ""  # who cancelled the conference
    cursor: str = ""  # the last person who was told of
    said_count: int = 0
    count: int | None = None  # of all of them, once they have been told of
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """One person's part in a cancelled conference, as it was said; its id names the run and the person."""

    id: str
    run: str


def farewell_id(run: str, person: str) -> str:
    """One for each person and cancellation, however often the job begins again."""
    return f"{run}:{person}"


def farewell(run: CastRun, speaking: Speaking) -> Change[Farewell]:
    """One person hears what of theirs will not take place."""
    said = SpeakingCancelled(
        speaking=farewell_id(run.id, speaking.person),
        conference=run.conference,
        run=run.id,
        person=speaking.person,
        titles=speaking.titles,
        title_count=speaking.title_count,
    )
    return Change(Farewell(id=said.speaking, run=run.id), (said,))


def chunk_said(run: CastRun, chunk: Sequence[Speaking]) -> CastRun:
    """These were told of, and the cursor stands at the last of them."""
    return replace(run, cursor=chunk[-1].person, said_count=run.said_count + len(chunk))


def close(run: CastRun, *, ids: Iterable[str]) -> Change[CastRun]:
    """All of the cast were told of: these, counted from what was saved and not from what we remember."""
    told = list(ids)
    said = SpeakingRunClosed(run=run.id, conference=run.conference, count=len(told), digest=digest_of(told))
    return Change(replace(run, count=said.count, digest=said.digest), (said,))
