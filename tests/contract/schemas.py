"""A marshmallow schema derived from an event's dataclass: a second reader of the wire form, stricter than ours."""

import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

from marshmallow import RAISE, Schema
from marshmallow import fields as ma

_SIMPLE: dict[type, type[ma.Field[Any]]] = {
    str: ma.String,
    int: ma.Integer,
    bool: ma.Boolean,
    date: ma.Date,
    datetime: ma.AwareDateTime,
}


def schema_of(kind: type) -> type[Schema]:
    """The schema of a dataclass: every field of its type, unknown fields refused."""
    hints = get_type_hints(kind)
    members: dict[str, Any] = {
        each.name: _field(hints[each.name], is_required=each.default is MISSING) for each in fields(kind)
    }
    members["Meta"] = type("Meta", (), {"unknown": RAISE})
    return type(f"{kind.__name__}Schema", (Schema,), members)


def _field(hint: Any, *, is_required: bool, may_be_null: bool = False) -> ma.Field[Any]:
    options: dict[str, Any] = {"required": is_required, "allow_none": may_be_null}
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = [each for each in get_args(hint) if each is not type(None)]
        return _field(inner, is_required=is_required, may_be_null=True)
    if get_origin(hint) is tuple:
        return ma.List(_field(get_args(hint)[0], is_required=True), **options)
    if isinstance(hint, type) and is_dataclass(hint):
        return ma.Nested(schema_of(hint), **options)
    if hint is int:
        options["strict"] = True
    return _SIMPLE[hint](**options)
