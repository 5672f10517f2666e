"""Says events in the names of the other services, as their relays would, for tests of one service alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from shared.clock import host_now
from shared.contracts.envelope import Envelope, Event, encode
from shared.ids import new_event_id
from shared.kafka import Broker
from shared.settings import Settings


@dataclass
class Neighbours:
    """The other services, as far as one service hears of them."""

    settings: Settings
    sequences: Counter[tuple[str, str]] = field(default_factory=Counter)  # of each service's aggregates
    said: list[Envelope] = field(default_factory=list)

    def say(self, *events: Event, actor: str | None = None) -> None:
        """Say these events, each as the next one of its aggregate's story; `actor` has set them going."""
        envelopes = [replace(self._envelope(each), actor=actor) for each in events]
        self.said.extend(envelopes)
        self._send(envelopes)

    def say_all_again(self) -> None:
        """Send every record once more, as a relay does after a crash between publishing and marking."""
        self._send(self.said)

    def _envelope(self, event: Event) -> Envelope:
        story = (event.service, event.key)
        self.sequences[story] += 1
        return Envelope(
            id=new_event_id(),
            type=event.type,
            source=f"/{event.service}",
            key=event.key,
            sequence=self.sequences[story],
            time=host_now(),
            data=encode(event),
            correlation="of a test",
        )

    def _send(self, envelopes: Iterable[Envelope]) -> None:
        producer = Broker(self.settings).producer()
        try:
            sent = [
                producer.send(
                    self.settings.topic(each.source.removeprefix("/")),
                    key=each.key.encode(),
                    value=each.data,
                    headers=each.headers(),
                )
                for each in envelopes
            ]
            for each in sent:
                each.get(10)
        finally:
            producer.close()
