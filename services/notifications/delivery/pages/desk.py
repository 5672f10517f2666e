"""Notifications' pages: what was sent, what needs a decision, the print queue, and the door behind a letter's code."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup
from marshmallow import EXCLUDE, ValidationError
from werkzeug.datastructures import MultiDict

from services.notifications.contacts.store import CONTACTS
from services.notifications.delivery import commands, schemas, store
from services.notifications.delivery.pages import listing
from services.notifications.messages.domain.messages import Message, State, code_as_typed
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.store import documents
from services.notifications.messages.store.documents import MESSAGES
from shared import reach
from shared.auth import desk
from shared.principals import Action
from shared.problem import Invalid, NotFound, Refusal
from shared.web import forms, links, tables
from shared.web.acts import last_act
from shared.web.current import database, settings

PRINT_COUNT_MAX = 200  # sheets that one page prepares for a printer
LETTER_PAGE_SIZE = 50
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"  # a mail is shown, and does nothing

blueprint = Blueprint("pages", __name__, url_prefix="/notifications", template_folder="../templates")

_ACTIONS: dict[str, tuple[Callable[..., Any], str]] = {
    "send_again": (commands.send_again, "It goes once more, to the address that is known now."),
    "mail": (commands.write_mail_instead, "It goes by mail in a moment."),
    "arrived": (commands.confirm_arrival, "It is recorded as arrived. Nothing was sent."),
    "letter": (commands.write_letter_instead, "It goes by letter; you find it in the print queue in a moment."),
}


@blueprint.get("/")
def begin() -> Response:
    """There is one desk here."""
    return cast(Response, redirect(url_for("pages.show_desk"), 303))


@blueprint.get("/desk")
@desk(Action.SEE_MESSAGES)
def show_desk() -> Response:
    """Counts, what needs a decision, and the messages, the newest first."""
    table = listing.table({each: purpose_words(each) for each in Purpose})
    try:
        return tables.answer(
            table,
            "delivery/desk.html",
            page=listing.page_of,
            every=listing.every_of,
            summary=schemas.summary_json(documents.message_counts(database())),
            unposted_count=store.letter_count(database(), is_posted=False),
            purposes=[*Purpose],
            states=[*State],
        )
    except ValidationError as error:
        raise Invalid(f"{_in_words(error.messages)} No list was made.", errors={"query": error.messages}) from None


def purpose_words(purpose: Purpose) -> str:
    """What the desk calls this kind of message."""
    words = current_app.jinja_env.get_template("delivery/words.html").module
    return str(words.purpose(purpose.value)).strip()  # type: ignore[attr-defined]


@blueprint.get("/desk/messages/<message>")
@desk(Action.SEE_MESSAGES)
def show_message(message: str) -> str:
    """One message: how far it has come, what its recipient reads, and what can be done."""
    found = _message(message)
    contact = documents.by_ids(database(), CONTACTS, [found.recipient]).get(found.recipient)
    return render_template(
        "delivery/message.html",
        last_act=last_act(MESSAGES, found.id),
        message=found,
        contact=contact if contact and contact.is_known else None,
        has_postal_address=bool(contact and contact.postal_address),
        words=documents.words_of(database(), found),
        zone=_zones([found])[found.conference],
        person=links.person(settings(), found.recipient),
        idempotency_key=str(uuid.uuid4()),
    )


@blueprint.get("/desk/messages/<message>/html")
@desk(Action.SEE_MESSAGES)
def show_mail(message: str) -> Response:
    """A mail as its recipient sees it."""
    found = _message(message)
    words = documents.words_of(database(), found)
    if words is None or found.channel != "mail":
        raise NotFound("This message is not a mail that was written.")
    response = make_response(words.html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


@blueprint.get("/desk/messages/<message>/files/<int:number>")
@desk(Action.SEE_MESSAGES)
def show_file(message: str, number: int) -> Response:
    """A calendar file as it goes with a mail."""
    words = documents.words_of(database(), _message(message))
    if words is None or not 1 <= number <= len(words.files):
        raise NotFound("There is no such file with this message.")
    file = words.files[number - 1]
    response = make_response(file.content)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


@blueprint.post("/desk/messages/<message>")
@desk(Action.SEND_MESSAGES)
def act_on_message(message: str) -> Response:
    """Send it again, by mail or as a letter, settle a doubt, note that it was told otherwise."""
    command, told, asked = _asked(request.form)
    try:
        forms.once(command, answer=_short, message=message, **asked)
        flash(told)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        flash(refusal.detail)
    return cast(Response, redirect(url_for("pages.show_message", message=message), 303))


def _asked(form: MultiDict[str, str]) -> tuple[Callable[..., Any], str, dict[str, Any]]:
    """Which command, what is said when it is done, and what it is given."""
    action = form.get("action", "")
    try:
        if action == "told":
            given = schemas.ToldOtherwise().load({"how": form.get("how", "")})
            return commands.note_told, "It is noted. Nothing of this message is sent any more.", given
    except ValidationError as error:
        raise Invalid(f"{_in_words(error.messages)} Nothing was changed and nothing was sent.") from None
    command, told = _ACTIONS.get(action, (None, ""))
    if command is None:
        raise Invalid("Please choose what should be done. Nothing was changed.")
    return command, told, {}


def _in_words(said: Any) -> str:
    """All that was wrong with a form, in one line."""
    if isinstance(said, Mapping):
        return " ".join(map(_in_words, said.values()))
    return " ".join(map(str, said)) if isinstance(said, list) else str(said)


@blueprint.get("/letters")
@desk(Action.SEE_MESSAGES)
def show_letters() -> str:
    """The print queue: letters to be printed, and those that were posted."""
    is_posted = request.args.get("posted") == "yes"
    page = store.letters(database(), is_posted=is_posted, after=_serial(), limit=LETTER_PAGE_SIZE)
    return render_template(
        "delivery/letters.html",
        page=page,
        contacts=documents.by_ids(database(), CONTACTS, (each.recipient for each in page.messages)),
        zones={conference: ZoneInfo(zone) for conference, zone in _zones(page.messages).items()},
        is_posted=is_posted,
        counts={is_posted: store.letter_count(database(), is_posted=is_posted) for is_posted in (False, True)},
        print_count_max=PRINT_COUNT_MAX,
    )


@blueprint.get("/letters/print")
@desk(Action.SEE_MESSAGES)
def show_sheets() -> str:
    """All letters that nobody has posted yet, one sheet each, for a printer."""
    page = store.letters(database(), is_posted=False, after=None, limit=PRINT_COUNT_MAX)
    sheets = store.sheets(database(), page.messages)
    return render_template(
        "delivery/sheets.html",
        letters=page.messages,
        sheets=[Markup(html) for html in sheets],  # noqa: S704 - written by our own templates, which escape
        has_more=page.next is not None,
        idempotency_key=str(uuid.uuid4()),
    )


@blueprint.post("/letters/print")
@desk(Action.SEND_MESSAGES)
def post_letters() -> Response:
    """The letters that were shown are in the post."""
    try:
        asked = schemas.LettersPosted().load({"letters": request.form.getlist("letters")})
    except ValidationError:
        raise Invalid("Please open the letters again and mark those. Nothing was marked as posted.") from None
    reach.must_reach(documents.MESSAGES, asked["letters"])
    count = forms.once(commands.post_letters, answer=_short, **asked)["count"]
    flash(f"{count} letter{'s are' if count != 1 else ' is'} marked as posted.")
    return cast(Response, redirect(url_for("pages.show_letters"), 303))


@blueprint.get("/letters/<letter>")
@desk(Action.SEE_MESSAGES)
def show_letter(letter: str) -> str:
    """One letter, ready for a printer."""
    found = _message(letter)
    words = documents.words_of(database(), found)
    if found.channel != "letter" or words is None:
        raise NotFound("There is no letter under this address.")
    return render_template(
        "delivery/sheets.html",
        letters=[found],
        sheets=[Markup(words.html)],  # noqa: S704 - written by our own templates, which escape
        has_more=False,
        idempotency_key=str(uuid.uuid4()),
    )


@blueprint.get("/letter")
def enter_code() -> Response:
    """Where a letter's reader types the code; a right one leads to the page that the letter speaks of."""
    typed = request.args.get("code", "")
    letter = store.letter_with_code(database(), code_as_typed(typed)) if typed else None
    if letter and (words := documents.words_of(database(), letter)):
        return cast(Response, redirect(words.link, 303))
    body = render_template("delivery/code.html", typed=typed)
    return make_response(body, 404 if typed else 200)


def _message(id_: str) -> Message:
    found = documents.message(database(), id_)
    if found is None:
        raise NotFound("There is no message under this address.")
    return found


def _zones(messages: Iterable[Message]) -> dict[str, str]:
    """The time zones of the conferences that these messages are about."""
    ids = {message.conference for message in messages}
    known = documents.by_ids(database(), documents.CONFERENCES, ids)
    return {id_: known[id_].zone if id_ in known else "UTC" for id_ in ids}


def _serial() -> str | None:
    try:
        search = schemas.MessageSearch(only=("after",), unknown=EXCLUDE).load(request.args.to_dict())
    except ValidationError:
        raise NotFound("There is no such page of the list.") from None
    return cast("str | None", search.get("after"))


def _short(made: Message | int) -> dict[str, Any]:
    return {"count": made} if isinstance(made, int) else {"id": made.id}
