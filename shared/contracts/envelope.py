"""The envelope around every event, and the register of all events that may be said.

Owns the wire form: CloudEvents 1.0 in Kafka's binary mode, JSON data as the value, attributes as `ce_` headers.
Leaves to `shared.kafka` how records travel, and to the modules beside it what the events are.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, dataclass_transform

import msgspec

from shared import sealing

DATA_BYTE_COUNT_MAX = 256 * 1024  # one oversized record makes a producer fatal and fails its neighbours
ATTRIBUTE_LENGTH_MAX = 1_000  # ours have at most a hundred; readers keep them, and a database's document has an end
SEQUENCE_MAX = 2**63 - 1  # the largest number that the database keeps
ERASED = "(erased)"  # the name of somebody who was erased
CONTACT: Mapping[str, Any] = MappingProxyType({"name": ERASED, "email": None, "postal_address": ()})
_SEQUENCE = re.compile("[1-9][0-9]{0,18}")


class EventTooLarge(ValueError):
    """The event's data exceed what may be published; it is refused when it is made, before anything is saved."""


class UnknownEvent(LookupError):
    """No event of this type is declared in `shared.contracts`."""


class MalformedRecord(ValueError):
    """A record that is no event of ours, and what is wrong with it."""


class Event:
    """A past-tense fact that one service tells the others: ids and decision facts, never names of people."""

    __slots__ = ()
    service: ClassVar[str]
    key_field: ClassVar[str]
    type: ClassVar[str]
    only_newest_counts: ClassVar[bool]
    why_unsaid: ClassVar[str]  # empty for an event that somebody says
    why_unheard: ClassVar[str]  # empty for an event that somebody listens to
    personal: ClassVar[Mapping[str, Any]]  # its contact data by field, and what is read instead without the key
    subject_field: ClassVar[str]  # whose contact data they are

    @classmethod
    def meaning(cls) -> str:
        """The first line of the event's docstring."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

    @property
    def key(self) -> str:
        """The id of the aggregate that this event is about; it is the Kafka key too."""
        return str(getattr(self, self.key_field))

    @property
    def sealed_for(self) -> str:
        """The id of whose contact data it carries, and so of the key they are sealed with; empty if of nobody's."""
        return str(getattr(self, self.subject_field)) if self.has_contact_data else ""

    @property
    def has_contact_data(self) -> bool:
        """Whether it tells how somebody is called or reached; it doesn't where they were erased."""
        return any(getattr(self, name) != blank for name, blank in self.personal.items())

    def without_contact_data(self) -> "Event":
        """The same event as it is read of somebody who was erased."""
        return _with(self, self.personal)


E = TypeVar("E", bound=Event)

_events_by_type: dict[str, type[Event]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(
    *,
    key: str,
    version: int = 1,
    only_newest_counts: bool = False,
    why_unsaid: str = "",
    why_unheard: str = "",
    personal: Mapping[str, Any] = MappingProxyType({}),
    subject: str = "",
) -> Callable[[type[E]], type[E]]:
    """Declare a frozen dataclass as an event of the service whose contracts module it stands in.

    `only_newest_counts` says that it tells figures of a moment, which the next of its kind makes needless. An event
    that nobody says, or to which nobody listens, says why, in a sentence. `personal` fields are contact data of the
    person (or payer) in the field `subject`, the key's if none is named: they travel and are kept sealed.
    """

    def declare(declared: type[E]) -> type[E]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(declared)
        made.service = declared.__module__.rpartition(".")[2]
        made.key_field = key
        made.only_newest_counts = only_newest_counts
        made.why_unsaid = why_unsaid
        made.why_unheard = why_unheard
        made.personal = personal
        made.subject_field = subject or key
        made.type = f"reconvene.{made.service}.{snake(declared.__name__)}.v{version}"
        _events_by_type[made.type] = made
        return made

    return declare


def snake(name: str) -> str:
    """`RefundSettled` becomes `refund_settled`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def declared_events() -> tuple[type[Event], ...]:
    """Every event declared so far, in order of declaration."""
    return tuple(_events_by_type.values())


def event_class(type_: str) -> type[Event]:
    """The class of an event type; raises `UnknownEvent`."""
    try:
        return _events_by_type[type_]
    except KeyError:
        raise UnknownEvent(type_) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One event as it travels: who said what about which aggregate, as its how-manieth event, and why."""

    id: str
    type: str
    source: str
    key: str
    sequence: int
    time: datetime
    data: bytes
    correlation: str
    causation: str | None = None
    traceparent: str | None = None
    actor: str | None = None  # the id of who set it going at a desk, never a name; what follows from it keeps it

    @property
    def archive_id(self) -> str:
        """Where the event stands in its producer's archive, the same for ever: key and sequence."""
        return f"{self.key}:{self.sequence}"

    def event(self) -> Event:
        """The dataclass inside, without contact data that are sealed; raises `UnknownEvent` or `ValidationError`."""
        return msgspec.json.decode(self.data, type=event_class(self.type))

    def opened(self, key_of: Callable[[str], bytes | None]) -> Event:
        """The dataclass inside, with its contact data if `key_of` has the key of whose they are.

        Raises `shared.sealing.NotOpened` for a key that is not theirs, and as `event` does.
        """
        return opened(self.event(), self.data, key_of)

    def headers(self) -> list[tuple[str, bytes]]:
        """The CloudEvents attributes as Kafka headers."""
        named = {
            "ce_specversion": "1.0",
            "ce_id": self.id,
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_subject": self.key,
            "ce_time": self.time.isoformat(),
            "ce_partitionkey": self.key,
            "ce_sequence": str(self.sequence),
            "ce_correlationid": self.correlation,
            "ce_causationid": self.causation,
            "ce_traceparent": self.traceparent,
            "ce_actor": self.actor,
            "content-type": "application/json",
        }
        return [(name, value.encode()) for name, value in named.items() if value is not None]

    @classmethod
    def from_record(cls, headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> "Envelope":
        """Read a Kafka record back; raises `MalformedRecord` and nothing else, whatever the record is."""
        named = {name: _text(name, content) for name, content in headers if name.startswith("ce_")}
        try:
            return cls(
                id=named["ce_id"],
                type=named["ce_type"],
                source=named["ce_source"],
                key=named["ce_partitionkey"],
                sequence=_sequence(named["ce_sequence"]),
                time=_instant(named["ce_time"]),
                data=_data(value),
                correlation=named["ce_correlationid"],
                causation=named.get("ce_causationid"),
                traceparent=named.get("ce_traceparent"),
                actor=named.get("ce_actor"),
            )
        except KeyError as error:
            raise MalformedRecord(f"not an event of ours: it has no header {error}") from None


def _text(name: str, content: bytes | None) -> str:
    if not content:
        raise MalformedRecord(f"header {name[:100]} has no value")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise MalformedRecord(f"header {name[:100]} is no UTF-8") from None
    if len(text) > ATTRIBUTE_LENGTH_MAX:
        raise MalformedRecord(
            f"header {name[:100]} has {len(text)} characters, at most {ATTRIBUTE_LENGTH_MAX} are read"
        )
    return text


def _sequence(text: str) -> int:
    """An event's number; anything but digits that count from 1 could be taken for what was had."""
    if not _SEQUENCE.fullmatch(text) or int(text) > SEQUENCE_MAX:
        raise MalformedRecord(f"sequence {text[:100]!r} is no number from 1 to {SEQUENCE_MAX}")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        told = datetime.fromisoformat(text)
        at = told.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedRecord(f"time {text[:100]!r} is no instant") from None
    if told.tzinfo is None:
        raise MalformedRecord(f"time {text[:100]!r} has no zone")
    return at


def _data(value: bytes | None) -> bytes:
    if value is None:
        raise MalformedRecord("the record has no data")
    if len(value) > DATA_BYTE_COUNT_MAX:
        raise MalformedRecord(f"{len(value)} bytes of data, at most {DATA_BYTE_COUNT_MAX} are read")
    return value


@dataclass(frozen=True, slots=True)
class _Sealed:
    sealed: str = ""


def opened(said: Event, data: bytes, key_of: Callable[[str], bytes | None]) -> Event:
    """An event with the contact data that are sealed in its data, if there is a key for them."""
    if not said.personal:
        return said
    token = msgspec.json.decode(data, type=_Sealed).sealed
    subject = str(getattr(said, said.subject_field))
    key = key_of(subject) if token else None
    if key is None:
        return said
    fields = msgspec.json.decode(sealing.unseal_text(token, key=key, about=_about(said, subject)))
    for name, blank in said.personal.items():
        fields[name] = tuple(fields[name]) if isinstance(blank, tuple) else fields[name]
    return _with(said, fields)


def _with(said: Event, fields: Mapping[str, Any]) -> Event:
    made: Event = replace(said, **fields)  # type: ignore[type-var]  # every event is a dataclass
    return made


def encode(said: Event, *, key: bytes | None = None) -> bytes:
    """The event's data as JSON, contact data sealed with this key if one is given; raises `EventTooLarge`."""
    data = msgspec.json.encode(said) if key is None else _sealed(said, key)
    if len(data) > DATA_BYTE_COUNT_MAX:
        raise EventTooLarge(
            f"{said.type} {said.key}: {len(data)} bytes, at most {DATA_BYTE_COUNT_MAX} may be published"
        )
    return data


def _sealed(said: Event, key: bytes) -> bytes:
    """What a reader without the key sees is the event of somebody who was erased; beside it the rest is sealed."""
    fields = msgspec.json.encode({name: getattr(said, name) for name in said.personal})
    token = sealing.seal_text(fields, key=key, about=_about(said, said.sealed_for))
    return msgspec.json.encode({**msgspec.to_builtins(said.without_contact_data()), "sealed": token})


def _about(said: Event, subject: str) -> str:
    return f"{said.type}/{subject}"
