"""The AsyncAPI document of all events."""

from typing import Any

import msgspec

from deploy.catalogue.reading import Catalogue
from shared.contracts.envelope import Event
from shared.settings import SERVICES


def asyncapi(catalogue: Catalogue) -> dict[str, Any]:
    """An AsyncAPI 3 document: a channel per topic, a message per event, send and receive operations per service."""
    schemas, components = msgspec.json.schema_components(catalogue.events, ref_template="#/components/schemas/{name}")
    for event in catalogue.events:
        if event.personal:
            components[event.__name__]["properties"]["sealed"] = _sealed_schema(event)
    messages = {
        event.__name__: {
            "name": event.type,
            "title": event.__name__,
            "summary": event.meaning(),
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
            "payload": schema,
            "bindings": {"kafka": {"key": {"type": "string", "description": f"The {event.key_field}'s id."}}},
        }
        for event, schema in zip(catalogue.events, schemas, strict=True)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Reconvene", "version": "1", "description": "What the four services say to each other."},
        "defaultContentType": "application/json",
        "channels": {service: _channel(catalogue, service) for service in SERVICES},
        "operations": _operations(catalogue),
        "components": {"messages": messages, "schemas": {**components, "CloudEventHeaders": _headers_schema()}},
    }


def _channel(catalogue: Catalogue, service: str) -> dict[str, Any]:
    own = [event.__name__ for event in catalogue.events if event.service == service]
    return {
        "address": service,
        "description": f"Everything that {service} tells; the key is the aggregate's id.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in own},
    }


def _operations(catalogue: Catalogue) -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for event in catalogue.events:
        message = [{"$ref": f"#/channels/{event.service}/messages/{event.__name__}"}]
        channel = {"$ref": f"#/channels/{event.service}"}
        operations[f"{event.service}.says.{event.__name__}"] = {
            "action": "send",
            "channel": channel,
            "messages": message,
        }
        for service, handler in catalogue.listeners(event):
            operations[f"{service}.{handler.name}"] = {
                "action": "receive",
                "summary": handler.meaning,
                "channel": channel,
                "messages": message,
            }
    return operations


def _sealed_schema(event: type[Event]) -> dict[str, Any]:
    fields = ", ".join(f"`{each}`" for each in event.personal)
    about = (
        f"{fields} as JSON, sealed with the key of `{event.subject_field}`; in clear they stand as for who was erased."
    )
    return {"type": "string", "contentEncoding": "base64", "description": about}


def _headers_schema() -> dict[str, Any]:
    required = ("specversion", "id", "type", "source", "subject", "time", "partitionkey", "sequence", "correlationid")
    names = (*required, "causationid", "traceparent", "actor")
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in binary mode; `sequence` counts the aggregate's events from 1 without gaps.",
        "properties": {f"ce_{name}": {"type": "string"} for name in names},
        "required": [f"ce_{name}" for name in required],
    }
