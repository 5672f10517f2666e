"""A session as a form: its fields as people type them, and back into what the draft is asked. Pure."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.programme import Session
from shared.money import exponent, typed

_TEXTS = ("code", "title", "abstract", "track", "language", "level", "product", "online_url")
FIELDS = (
    *_TEXTS, "kind", "editorial", "minutes", "needs", "after", "replaces", "seats_max", "price", "approval_scheme",
    "approval_minutes", "approval_must_be_reviewed", "approval_is_approved", "approval_must_be_assessed",
)  # fmt: skip
BOXES = ("approval_must_be_reviewed", "approval_is_approved", "approval_must_be_assessed")


class Unreadable(ValueError):
    """A field that can't be read, and why, in words."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


def values_of(session: Session, *, codes: Mapping[str, str], currency: str) -> dict[str, str]:
    """The session as its form shows it; `codes` are of the sessions that it names."""
    approval = session.approval
    return {name: getattr(session, name) for name in _TEXTS} | {
        "kind": session.kind.value,
        "editorial": session.editorial.value,
        "minutes": str(session.minutes),
        "needs": ", ".join(session.needs),
        "after": ", ".join(codes.get(each, each) for each in session.after),
        "replaces": codes.get(session.replaces, session.replaces),
        "seats_max": "" if session.seats_max is None else str(session.seats_max),
        "price": _price(session.price_minor, currency) if session.price_minor else "",
        "approval_scheme": approval.scheme if approval else "",
        "approval_minutes": str(approval.minutes) if approval else "",
        "approval_must_be_reviewed": "yes" if approval and approval.must_be_reviewed else "",
        "approval_is_approved": "yes" if approval is None or approval.is_approved else "",
        "approval_must_be_assessed": "yes" if approval and approval.must_be_assessed else "",
    }


def changed(values: Mapping[str, str], *, was: Mapping[str, str]) -> dict[str, str]:
    """What somebody typed anew; a box that isn't ticked is not sent."""
    given = {name: values.get(name, "").strip() for name in FIELDS if name in values or name in BOXES}
    return {name: text for name, text in given.items() if name not in was or was[name].strip() != text}


def merged(current: Mapping[str, str], typed_: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """A form after somebody else was there: what is so now with what was typed over it, and what the others wrote."""
    others = {name: current[name] for name, text in typed_.items() if current.get(name, "") != text}
    return {**current, **typed_}, others


def kept(values: Mapping[str, str]) -> str:
    """What a form was made from, as it carries it along."""
    return json.dumps(dict(values))


def carried(text: str) -> dict[str, str]:
    """What a form was made from; nothing when that was lost on the way."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def shape_of(
    values: Mapping[str, str], *, whole: Mapping[str, str], ids: Mapping[str, str], currency: str
) -> dict[str, Any]:
    """What the draft is asked, of these fields; `whole` is all of the form, `ids` are sessions by code.

    Raises `Unreadable`.
    """
    shape: dict[str, Any] = {name: values[name] for name in (*_TEXTS, "kind", "editorial") if name in values}
    if "minutes" in values:
        shape["minutes"] = _number("minutes", values["minutes"])
    if "needs" in values:
        shape["needs"] = words(values["needs"])
    if "after" in values:
        shape["after"] = [_session("after", code, ids) for code in words(values["after"])]
    if "replaces" in values:
        shape["replaces"] = _session("replaces", values["replaces"], ids) if values["replaces"] else ""
    if "seats_max" in values:
        shape["seats_max"] = _number("seats_max", values["seats_max"]) if values["seats_max"] else None
    if "price" in values:
        shape["price_minor"] = _minor(values["price"], currency)
    if any(name.startswith("approval_") for name in values):
        shape["approval"] = _approval(whole)
    return shape


def starts_of(day: str, clock: str, *, zone: str) -> str:
    """A day and an hour at the venue as a moment with its offset; raises `Unreadable`."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Unreadable("day", "A day, please.") from None
    try:
        at = time.fromisoformat(clock)
    except ValueError:
        raise Unreadable("time", "A time such as 13:30, please.") from None
    moment = datetime.combine(on, at.replace(tzinfo=None), ZoneInfo(zone))
    if moment.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).time() != at:
        raise Unreadable("time", f"The clocks go on that day, and there is no {clock} there.")
    return moment.isoformat()


def clock_of(instant: datetime, *, zone: str) -> str:
    """The hour at the venue as a field of a form takes it, `13:30`."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def words(text: str) -> list[str]:
    """`stream, tables` as its words."""
    return [each for part in text.split(",") if (each := part.strip())]


def codes_of(sessions: Iterable[Session]) -> dict[str, str]:
    """Codes by session."""
    return {each.id: each.code for each in sessions}


def _price(minor: int, currency: str) -> str:
    decimals = exponent(currency)
    whole, part = divmod(minor, 10**decimals)
    return f"{whole}.{part:0{decimals}}" if decimals else str(whole)


def _number(field: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Unreadable(field, "A whole number, please.")
    return int(text)


def _minor(text: str, currency: str) -> int:
    if not text:
        return 0
    minor = typed(text, currency)
    if minor is None:
        raise Unreadable("price", f"An amount in {currency} such as 95 or {_price(9500, currency)}, please.")
    return minor


def _session(field: str, code: str, ids: Mapping[str, str]) -> str:
    found = ids.get(code.casefold())
    if found is None:
        raise Unreadable(field, f"There is no session {code}. Please take the code of a session of this conference.")
    return found


def _approval(whole: Mapping[str, str]) -> dict[str, Any] | None:
    scheme, minutes = whole.get("approval_scheme", "").strip(), whole.get("approval_minutes", "").strip()
    if not scheme and not minutes:
        return None
    return {
        "scheme": scheme,
        "minutes": _number("approval_minutes", minutes),
        "must_be_reviewed": whole.get("approval_must_be_reviewed") == "yes",
        "is_approved": whole.get("approval_is_approved") == "yes",
        "must_be_assessed": whole.get("approval_must_be_assessed") == "yes",
    }
