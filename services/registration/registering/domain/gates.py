"""The gates through which every registration goes.

A gate is raised by everyone who submits or confirms, in the same transaction, so that closing all gates waits for
those who are in one and turns away those who come later. There are several, so that registrants don't queue at one.
"""

from dataclasses import dataclass, replace

GATE_COUNT = 32  # more than a web process has threads: with 8, every fifth registration met another one and began again


CONFIRMING_GATE = GATE_COUNT - 1  # of its own: a batch of confirmations would lose against a stream of submissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One of a conference's gates: how many have gone through, and whether more may."""

    id: str
    conference: str
    is_open: bool = True
    entered_count: int = 0


def gate_id(conference: str, number: int) -> str:
    """Which gate it is, of `GATE_COUNT`."""
    return f"{conference}:{number}"


def gate_ids(conference: str) -> tuple[str, ...]:
    """All gates of a conference."""
    return tuple(gate_id(conference, number) for number in range(GATE_COUNT))


def entered(gate: Gate) -> Gate:
    """Somebody has gone through."""
    return replace(gate, entered_count=gate.entered_count + 1)


def reopened(gate: Gate) -> Gate:
    """One may go through again."""
    return replace(gate, is_open=True)


def closed(gate: Gate) -> Gate:
    """Nobody goes through any more."""
    return replace(gate, is_open=False)
