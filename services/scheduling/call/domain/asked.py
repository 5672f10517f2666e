"""What is proposed, as it comes in: from here it goes into a session, and the people's addresses into one event."""

from dataclasses import dataclass

from services.scheduling.programme.domain.people import Introduction
from services.scheduling.programme.domain.programme import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody proposes, and who is to be on stage."""

    title: str
    abstract: str
    kind: Kind
    minutes: int
    proposer: Introduction
    others: tuple[Introduction, ...] = ()
    track: str = ""
    language: str = "en"
    level: str = ""
    needs: tuple[str, ...] = ()
    note: str = ""
