"""Owns events: snapshots of an object at the moment something happened to it, kept, listed and queued for delivery."""

from zlib import crc32

from deploy.provider.endpoints import CREATED, cursor_parameters, endpoint, listed, narrowed, retrieve_endpoint
from deploy.provider.errors import Refusal
from deploy.provider.parameters import Boolean, Listed, Text
from deploy.provider.settings import API_VERSION
from deploy.provider.store import Body, Where, id_for
from deploy.provider.work import Work

LANE_COUNT = 4  # deliveries about one payment share a lane, so their order holds while lanes run side by side

retrieve_endpoint("/v1/events/<object_id>", "event")


@endpoint(
    "GET",
    "/v1/events",
    type=Text(),
    types=Listed(Text(), count_max=20),
    created=CREATED,
    delivery_success=Boolean(),
    **cursor_parameters(),
)
def list_events(work: Work, values: Body) -> Body:
    if "type" in values and "types" in values:
        raise Refusal("Give type or types, not both.", param="types")
    where = Where()
    types = values.get("types") or [values["type"]] if "types" in values or "type" in values else []
    if types:
        patterns = " OR ".join("type GLOB ?" for _ in types)
        where = where.also(f"({patterns})", *types)
    if "created" in values:
        where = narrowed(where, "created", values["created"])
    if "delivery_success" in values:
        is_delivered = "EXISTS (SELECT 1 FROM delivery WHERE delivery.event = sequence AND state = 'delivered')"
        where = where.also(f"{is_delivered} = ?", values["delivery_success"])
    return listed(work, "event", url="/v1/events", where=where, values=values)


def tell(work: Work, event_type: str, about: Body, *, previous: Body | None = None) -> None:
    """Keep the event; if somebody outside listens for it, queue it for delivery in the same transaction."""
    is_awaited = work.tells_webhook(event_type)
    data: Body = {"object": about} | ({"previous_attributes": previous} if previous else {})
    sequence = work.records.add(
        {
            "id": id_for("event"),
            "object": "event",
            "api_version": API_VERSION,
            "created": work.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": int(is_awaited),
            "request": {"id": work.request_id, "idempotency_key": work.idempotency_key},
            "type": event_type,
        }
    )
    if is_awaited:
        work.records.execute(
            "INSERT INTO delivery (event, lane, state, due_at, attempt_count) VALUES (?, ?, 'waiting', 0, 0)",
            (sequence, _lane(about)),
        )


def _lane(about: Body) -> int:
    subject = about.get("payment_intent") or about["id"]
    return crc32(str(subject).encode()) % LANE_COUNT
