"""Owns the declaration of endpoints: a method, a path, a table of parameters, and the function that does the work.

Every endpoint takes `expand`; every list takes a cursor and a limit. Nothing else is taken unless its table says so.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deploy.provider.errors import Refusal, no_such
from deploy.provider.parameters import Integer, Listed, Parameter, Span, Table, Text
from deploy.provider.schema import KINDS
from deploy.provider.store import Body, Where
from deploy.provider.work import Work

Handler = Callable[..., Body]

_EXPAND: Table = {"expand": Listed(Text())}
_CURSOR: Table = {
    "limit": Integer(minimum=1, maximum=100),
    "starting_after": Text(),
    "ending_before": Text(),
}
_LIMIT_DEFAULT = 10
_COMPARISONS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    table: Table
    handler: Handler

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


ENDPOINTS: list[Endpoint] = []


def endpoint(method: str, path: str, **table: Parameter) -> Callable[[Handler], Handler]:
    """Declare that the function answers there and understands these parameters."""

    def declare(handler: Handler) -> Handler:
        ENDPOINTS.append(Endpoint(method, path, {**table, **_EXPAND}, handler))
        return handler

    return declare


def retrieve_endpoint(path: str, kind: str) -> None:
    """Declare that one object of the kind can be read by its id."""

    def retrieve(work: Work, _values: Body, *, object_id: str) -> Body:
        return require(work, kind, object_id)

    endpoint("GET", path)(retrieve)


def list_endpoint(path: str, kind: str, **filters: Parameter) -> None:
    """Declare that objects of the kind can be listed, newest first, by any of these filters."""

    def list_objects(work: Work, values: Body) -> Body:
        where = Where()
        for name in filters.keys() & values.keys():
            where = narrowed(where, name, values[name])
        return listed(work, kind, url=path, where=where, values=values)

    endpoint("GET", path, **filters, **_CURSOR)(list_objects)


def cursor_parameters() -> Table:
    return _CURSOR


def require(work: Work, kind: str, object_id: str, *, param: str = "id") -> Body:
    """The object, or the refusal that it isn't there."""
    body = work.records.find(kind, object_id)
    if body is None:
        raise no_such(kind.replace(".", " "), object_id, param=param, status=404 if param == "id" else 400)
    return body


def narrowed(where: Where, name: str, value: Any) -> Where:
    """The condition with one more filter."""
    if not isinstance(value, dict):
        return where.also(f"{name} = ?", value)
    for comparison, bound in value.items():
        where = where.also(f"{name} {_COMPARISONS[comparison]} ?", bound)
    return where


def listed(work: Work, kind: str, *, url: str, where: Where, values: Body) -> Body:
    """One page of a list, in Stripe's form."""
    limit = values.get("limit", _LIMIT_DEFAULT)
    if "starting_after" in values and "ending_before" in values:
        raise Refusal("Give starting_after or ending_before, not both.", param="ending_before")
    if "ending_before" in values:
        cursor = _cursor(work, kind, values["ending_before"], param="ending_before")
        page = work.records.just_newer(kind, where=where.also("sequence > ?", cursor), limit=limit)
    elif "starting_after" in values:
        cursor = _cursor(work, kind, values["starting_after"], param="starting_after")
        page = work.records.newest_first(kind, where=where.also("sequence < ?", cursor), limit=limit)
    else:
        page = work.records.newest_first(kind, where=where, limit=limit)
    return list_body([json.loads(text) for text in page.bodies], url=url, has_more=page.has_more)


def list_body(data: list[Body], *, url: str, has_more: bool) -> Body:
    return {"object": "list", "url": url, "has_more": has_more, "data": data}


def _cursor(work: Work, kind: str, object_id: str, *, param: str) -> int:
    sequence = work.records.sequence(kind, object_id)
    if sequence is None:
        raise no_such(KINDS[kind].object, object_id, param=param, status=400)
    return sequence


CREATED: Parameter = Span()
