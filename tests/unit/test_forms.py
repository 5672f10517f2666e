"""A form that is refused keeps what was typed, and says beside each field what is wrong with it."""

import pytest
from flask import Flask
from flask.ctx import RequestContext
from flask_babel import Babel
from marshmallow import RAISE, Schema, fields, validate

from shared.problem import Invalid, NotFound, Refusal
from shared.web import forms

pytestmark = pytest.mark.unit


class Letter(Schema):
    """A form."""

    name = fields.String(required=True, validate=validate.Length(1, error="A name, please."))
    lines = fields.List(fields.String(validate=validate.Length(max=5, error="At most 5 characters.")))


class Sum(Schema):
    """A form with an amount of money."""

    amount_minor = fields.Integer(strict=True, required=True)


def sent(**typed: object) -> RequestContext:
    return letters().test_request_context("/", method="POST", data=typed)


def letters() -> Flask:
    app = Flask("letters")
    Babel(app)
    return app


def test_what_makes_sense_is_read_and_the_forms_own_fields_are_left_out() -> None:
    with sent(name="Ana", csrf_token="x"):
        assert forms.read(Letter()) == {"name": "Ana"}


def test_a_refused_field_has_its_reason_and_what_was_typed_stays() -> None:
    with sent(name="", note="one\r\ntwo", days=["1", "2"]):
        with pytest.raises(Invalid) as wrong:
            forms.read(Letter(), {"name": "", "lines": ["short", "too long", "longer still"]})
        form = forms.refused(wrong.value)

    assert wrong.value.detail == "Some fields make no sense. Nothing was changed."
    assert form.errors == {"name": "A name, please.", "lines": "At most 5 characters."}
    assert (form.values["note"], form.picked["days"], form.refusal) == ("one\ntwo", ["1", "2"], "")


def test_a_refusal_of_the_whole_is_said_as_a_whole() -> None:
    with sent(name="Ana"):
        form = forms.refused(Refusal("The post has left. Nothing was sent."))

    assert (form.errors, form.refusal) == ({}, "The post has left. Nothing was sent.")


def test_what_is_not_there_is_no_forms_fault() -> None:
    with sent(), pytest.raises(NotFound):
        forms.refused(NotFound("There is no letter under this address."))


def test_every_form_that_is_shown_has_a_key_of_its_own() -> None:
    assert forms.Form().idempotency_key != forms.Form().idempotency_key


@pytest.mark.parametrize(("text", "version"), [("7", 7), ("", -1), ("-1", -1), ("\u0667", -1), ("1" * 10, -1)])
def test_the_version_seen_is_a_number_or_none_that_ever_was(text: str, version: int) -> None:
    with sent(seen=text):
        assert forms.version_seen() == version


def test_a_refused_sum_is_said_at_the_field_that_it_was_typed_into() -> None:
    with sent(amount="575,00"):
        with pytest.raises(Invalid) as wrong:
            forms.read(Sum(), {"amount_minor": forms.amount_minor("575,00", "USD")})
        form = forms.refused(wrong.value, **forms.amount_in("amount", "USD"))

    assert form.errors == {
        "amount": "Please write the amount like 1,570.00, with as many decimals as USD has.",
    }
    assert (form.values["amount"], form.status) == ("575,00", 422)


def test_a_page_answers_with_the_status_of_what_was_refused() -> None:
    with sent(name="Ana"):
        form = forms.refused(Refusal("The post has left. Nothing was sent."))

    assert (form.title, form.status) == ("This can't be done", 409)
    assert forms.Form().status == 200


def test_of_json_every_field_must_be_known() -> None:
    letter = Letter(unknown=RAISE)
    with letters().test_request_context("/", method="POST", json={}):
        known = forms.read(letter, {"name": "Ana"})
        with pytest.raises(Invalid) as wrong:
            forms.read(letter, {"name": "Ana", "nam": "Ana"})

    assert known == {"name": "Ana"}
    assert wrong.value.facts["errors"] == {"json": {"nam": ["Unknown field."]}}


def test_what_was_refused_stands_in_the_order_of_the_page() -> None:
    form = forms.Form(errors={"tender": "How?", "other": "What?", "name": "Who?"})

    assert list(forms.in_order(form, ("name", "email", "tender")).errors) == ["name", "tender", "other"]


@pytest.mark.parametrize(
    ("text", "count"), [("7", 7), (" 0 ", 0), ("", ""), ("-1", "-1"), ("\u0667", "\u0667"), ("9" * 19, "9" * 19)]
)
def test_a_count_that_cannot_be_read_stays_text(text: str, count: int | str) -> None:
    with sent(places=text):
        assert forms.count("places") == count
