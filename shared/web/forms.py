"""How a form of a page is read, refused and shown again with everything that was typed, and done once.

`read` and a command refuse in one way, by a `Refusal`; `refused` makes of it what the page shows: each field with its
reason, or the refusal as a whole. `refusals.html` leads from a list of them to the fields.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError

from shared import idempotency, money
from shared.problem import Invalid, NotFound, Refusal
from shared.web import languages
from shared.web.current import database, principal
from shared.web.documented import form_key

COUNT_LENGTH_MAX = 19  # digits; more fit into nothing that the database keeps


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed and what was refused of it: by field, or as a whole.

    `picked` has all values of what may be ticked several times, `now` what others have written meanwhile, by field.
    `title` and `status` are the refusal's, for the page that shows it. It gets a fresh key: what is sent next is
    another request than the one that was refused.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    picked: Mapping[str, list[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    title: str = ""
    status: int = 200
    now: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str = field(default_factory=lambda: str(uuid.uuid4()))


def read(schema: Schema, sent: Mapping[str, Any] | None = None, *, not_done: str = "Nothing was changed.") -> Any:
    """What the form asks, as its schema makes it; raises `Invalid` with a reason for each field that makes no sense.

    A page of a form that a program may send as JSON too reads both; of JSON the schema knows every field.
    """
    shape = request.form.to_dict() if sent is None else dict(sent)
    try:
        return schema.load(shape, unknown=schema.unknown if request.is_json else EXCLUDE)
    except ValidationError as error:
        place = "json" if request.is_json else "form"
        raise Invalid(f"Some fields make no sense. {not_done}", errors={place: error.messages}) from None


def amount_minor(text: str, currency: str) -> int | str:
    """`1,570.00` as minor units, digit by digit; what can't be read stays text, and is refused as an amount."""
    amount = money.typed(text, currency)
    return text if amount is None else amount


def count(name: str) -> int | str:
    """What is typed into this field as a whole number; what can't be read as one stays text, and is refused as such."""
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < COUNT_LENGTH_MAX else text


def lines_of(text: str) -> list[str]:
    """The lines of a field with several; empty ones don't count."""
    return [line for line in text.splitlines() if line.strip()]


def entered(
    errors: Mapping[str, str] | None = None, *, refusal: str = "", title: str = "", status: int = Invalid.status
) -> Form:
    """What this request's form holds, with what is wrong with it."""
    values = {name: text.replace("\r\n", "\n") for name, text in request.form.items()}
    picked = {name: request.form.getlist(name) for name in request.form}
    return Form(values=values, picked=picked, errors=errors or {}, refusal=refusal, title=title, status=status)


def refused(
    refusal: Refusal, *, names: Mapping[str, str] | None = None, sentences: Mapping[str, str] | None = None
) -> Form:
    """What was sent, with a reason beside each field of this form that was refused; else the refusal as a whole.

    `names` says into which field something is typed where that is called otherwise, `sentences` what to say of a field
    instead of what its shape says. What is not there at all is no form's fault: then it is raised again.
    """
    if isinstance(refusal, NotFound):
        raise refusal
    found = refusal.facts.get("errors", {})
    by_field = reasons({**found.get("json", {}), **found.get("form", {})})
    names, sentences = names or {}, sentences or {}
    fields = {names.get(name, name): _said(sentences.get(name, sentence)) for name, sentence in by_field.items()}
    if fields:
        return entered(fields, status=refusal.status)
    said = refusal.said(locale=languages.locale(), translated=languages.gettext)
    return entered(refusal=said, title=languages.gettext(refusal.title), status=refusal.status)


def _said(reason: str) -> str:
    """What a shape says of a field, in the language of the page."""
    return languages.gettext(reason)


def in_order(form: Form, names: Sequence[str]) -> Form:
    """The form with what was refused in the order in which its fields stand on the page."""
    return replace(form, errors={name: form.errors[name] for name in (*names, *form.errors) if name in form.errors})


def reasons(messages: Mapping[Any, Any]) -> dict[str, str]:
    """One sentence or more for each field, in the reader's language; of a list or a part, under the name of the field
    that it is typed into."""
    found: dict[str, str] = {}
    for name, said in messages.items():
        if isinstance(said, Mapping):
            inner = reasons(said)
            found |= {f"{name}_{key}": text for key, text in inner.items() if not _is_index(key)}
            listed = dict.fromkeys(text for key, text in inner.items() if _is_index(key))
            found |= {str(name): " ".join(listed)} if listed else {}
        else:
            sentences = [said] if isinstance(said, str) else map(str, said)
            found[str(name)] = " ".join(languages.gettext(sentence) for sentence in sentences)
    return found


def amount_in(name: str, currency: str) -> dict[str, dict[str, str]]:
    """How a refusal of `NAME_minor` is said where it is typed into the field NAME: for `refused`."""
    sentence = f"Please write the amount like 1,570.00, with as many decimals as {currency} has."
    return {"names": {f"{name}_minor": name}, "sentences": {f"{name}_minor": sentence}}


def once(
    command: Callable[..., Any],
    /,
    *,
    scope: str | None = None,
    answer: Callable[[Any], Any] = lambda _: None,
    **arguments: Any,
) -> Any:
    """Run a command once for the form that was shown, however often its button is pressed; whatever it refuses.

    The key belongs to who acts; `scope` names whoever has a signed link instead.
    """
    key = form_key()
    scope = scope or f"form:{principal().scope}"
    return idempotency.run_once(database(), command, key=key, scope=scope, answer=answer, **arguments)


def version_seen() -> int:
    """The version that the form was made from; one that makes no sense was never there."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _is_index(key: str) -> bool:
    return key.split("_")[0].isdecimal()
