"""How a JSON door does what it is asked once under the request's key, and answers a list page by page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import Response, jsonify, request, url_for

from shared.collection import Collection
from shared.idempotency import run_once
from shared.states import list_states
from shared.web.current import database, principal
from shared.web.documented import idempotency_key

S = TypeVar("S")


def made(command: Callable[..., S], told: Callable[[S], Any], *, status: int = 201, **arguments: Any) -> Response:
    """Run a command once under the request's key."""
    answer = run_once(database(), command, key=idempotency_key(), scope=principal().scope, answer=told, **arguments)
    response = jsonify(answer)
    response.status_code = status
    return response


def listed(
    collection: Collection[S], where: Mapping[str, Any], asked: Mapping[str, Any], told: Callable[[S], dict[str, Any]]
) -> Response:
    """A page of what is kept of one kind, `asked` for by `after` (an id) and `limit` (a count), by id."""
    found = list_states(database(), collection, where, after=asked["after"], limit=asked["limit"] + 1)
    return page_of(found, asked, told)


def page_of(found: Sequence[S], asked: Mapping[str, Any], told: Callable[[S], dict[str, Any]]) -> Response:
    """One page of a list, of which one more was found than is shown, and the link to the next."""
    limit = asked["limit"]
    items = [told(each) for each in found[:limit]]
    next_ = items[-1].get("id", items[-1].get("order")) if len(found) > limit else None
    response = jsonify({"items": items, "next": next_})
    if next_:
        query = {name: value for name, value in asked.items() if value} | {"after": next_}
        response.headers["Link"] = f'<{url_for(request.endpoint or "", **query)}>; rel="next"'
    return response
