"""The words of mails to the people at the desks, in English as their pages are; made as a mail leaves."""

from pathlib import Path

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifications.colleagues.domain import ColleagueMail, Occasion
from services.notifications.messages.domain.words import Words
from shared.settings import Settings
from shared.web import links

FOLDER = Path(__file__).parents[1] / "templates"
SUBJECTS = {
    Occasion.INVITED: "You are invited to the conference desks",
    Occasion.FORGOTTEN: "Choose another password",
    Occasion.ADDRESS_PROOF: "Is this your e-mail address?",
    Occasion.ADDRESS_ASKED: "Your address at the conference desks is to change",
    Occasion.FACTOR_REMOVED: "You are asked for no code any more when you sign in",
    Occasion.SERVE_AGAIN: "Will you serve on the host committee again?",
}
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=select_autoescape(("html",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def words(mail: ColleagueMail, settings: Settings) -> Words:
    """What the recipient reads; `until` is in UTC, since nobody told us where they are."""
    link = _link(mail, settings)
    facts = {
        "mail": mail,
        "link": link,
        "subject": SUBJECTS[mail.occasion],
        "step": _STEPS[mail.occasion],
        "until": format_datetime(mail.until, "EEEE, MMMM d, y 'at' h:mm a 'UTC'", locale="en_US"),
    }
    text, html = (_ENVIRONMENT.get_template(f"colleagues/{name}").render(facts) for name in ("mail.txt", "mail.html"))
    return Words(subject=SUBJECTS[mail.occasion], text=text, html=html, link=link)


_STEPS = {
    Occasion.INVITED: "Choose a password",
    Occasion.FORGOTTEN: "Choose another password",
    Occasion.ADDRESS_PROOF: "Confirm this address",
    Occasion.ADDRESS_ASKED: "",
    Occasion.FACTOR_REMOVED: "Sign in, and set up another second factor",
    Occasion.SERVE_AGAIN: "",
}


def _link(mail: ColleagueMail, settings: Settings) -> str:
    match mail.occasion:
        case Occasion.INVITED | Occasion.FORGOTTEN:
            return links.account_invitation(settings, mail.account, mail.inside)
        case Occasion.ADDRESS_PROOF:
            return links.account_address(settings, mail.account, mail.inside)
        case Occasion.ADDRESS_ASKED | Occasion.FACTOR_REMOVED | Occasion.SERVE_AGAIN:
            return links.accounts(settings)
