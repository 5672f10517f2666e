"""The named links from one service's pages and messages to another's; nobody writes an address by hand."""

from urllib.parse import urlencode

from shared.auth import sign
from shared.settings import Settings


def conference(settings: Settings, id_: str) -> str:
    """A conference's public page."""
    return f"{settings.urls['scheduling']}/scheduling/conferences/{id_}/page"


def session(settings: Settings, conference_id: str, session_id: str) -> str:
    """The public page of one session of a conference's programme."""
    base = settings.urls["scheduling"]
    return f"{base}/scheduling/conferences/{conference_id}/programme/sessions/{session_id}"


def register(settings: Settings, conference_id: str) -> str:
    """The page on which a person registers."""
    return f"{settings.urls['registration']}/registration/conferences/{conference_id}/register"


def invitation(settings: Settings, invitation_: str) -> str:
    """The form on which one person registers at a price that is given; registration says what is inside."""
    token = sign(settings, purpose="invitation", id_=invitation_)
    return f"{settings.urls['registration']}/registration/invitations/{token}"


def proof(settings: Settings, proof_: str) -> str:
    """Where somebody who speaks shows that it was they who filled in the form."""
    return f"{settings.urls['registration']}/registration/proofs/{sign(settings, purpose='proof', id_=proof_)}"


def address_proof(settings: Settings, change: str) -> str:
    """Where somebody shows that a new e-mail address is theirs."""
    return f"{settings.urls['registration']}/registration/addresses/{sign(settings, purpose='address', id_=change)}"


def my_registration(settings: Settings, registration: str) -> str:
    """A registrant's own page, with the choice after a cancellation."""
    return (
        f"{settings.urls['registration']}/registration/mine/{sign(settings, purpose='registration', id_=registration)}"
    )


def person(settings: Settings, person_: str) -> str:
    """Where the registration desk sees who somebody is, and corrects their name and addresses."""
    return f"{settings.urls['registration']}/registration/desk/people/{person_}"


def my_order(settings: Settings, order: str) -> str:
    """The page of who pays for several people: who they are, and how their order stands."""
    return f"{settings.urls['registration']}/registration/orders/{sign(settings, purpose='several', id_=order)}"


def register_together(settings: Settings, conference_id: str) -> str:
    """The page on which several people are registered for one payer."""
    return f"{settings.urls['registration']}/registration/conferences/{conference_id}/register-together"


def my_feed(settings: Settings, token: str) -> str:
    """A personal feed, which a calendar subscribes to; its token is kept and can be revoked."""
    return f"{settings.urls['scheduling']}/scheduling/feeds/{token}.ics"


def pay(settings: Settings, order: str) -> str:
    """Where a registrant pays an order by card: it leads to the provider's hosted page."""
    return f"{settings.urls['payments']}/payments/pay/{sign(settings, purpose='order', id_=order)}"


def paid(settings: Settings, order: str) -> str:
    """Where the card provider leads a payer back to; made anew, since a link to pay ends with the payment."""
    return f"{settings.urls['payments']}/payments/paid/{sign(settings, purpose='order', id_=order)}"


def my_credits(settings: Settings, person_: str) -> str:
    """Where a payer sees their credits, pays orders with them, or asks for the money; sent to nobody else."""
    return f"{settings.urls['payments']}/payments/credit/{sign(settings, purpose='credit', id_=person_)}"


def payee(settings: Settings, refund: str) -> str:
    """Where a payee says which address a refund cheque goes to."""
    return f"{settings.urls['payments']}/payments/payee/{sign(settings, purpose='payee', id_=refund)}"


def my_agenda(settings: Settings, agenda: str) -> str:
    """A person's own agenda at one conference; its id is scheduling's `<conference>:<person>`."""
    return f"{settings.urls['scheduling']}/scheduling/agenda/{sign(settings, purpose='agenda', id_=agenda)}"


def speaking(settings: Settings, conference_id: str, person: str) -> str:
    """A speaker's own page at one conference: confirm, withdraw, when they can't come."""
    token = sign(settings, purpose="speaking", id_=f"{conference_id}:{person}")
    return f"{settings.urls['scheduling']}/scheduling/speaking/{token}"


def monitor(settings: Settings, conference_id: str) -> str:
    """The room monitors' page of one conference, for a phone."""
    return f"{settings.urls['scheduling']}/scheduling/monitor/{sign(settings, purpose='monitor', id_=conference_id)}"


def verify(settings: Settings, proof: str) -> str:
    """Where anybody checks what a transcript or certificate says."""
    return f"{settings.urls['scheduling']}/scheduling/verify/{proof}"


def home(settings: Settings) -> str:
    """The front door: what waits for who is signed in, the conferences for everybody else."""
    return f"{settings.urls['scheduling']}/"


def desks(settings: Settings) -> dict[str, str]:
    """The desks and public places, by what they are called in the page's head."""
    return {
        "Conferences": f"{settings.urls['scheduling']}/scheduling/",
        "Committee": f"{settings.urls['scheduling']}/scheduling/desk",
        "Registration": f"{settings.urls['registration']}/registration/desk",
        "Finance": f"{settings.urls['payments']}/payments/desk",
        "Messages": f"{settings.urls['notifications']}/notifications/desk",
    }


def sign_in(settings: Settings, *, next_: str = "") -> str:
    """Where somebody signs in with an account of their own, and is led on from."""
    address = f"{settings.urls['registration']}/registration/accounts/sign-in"
    return f"{address}?{urlencode({'next': next_})}" if next_ else address


def renewal(settings: Settings, *, next_: str) -> str:
    """Where it is said anew who is signed in, and from where one is led on; a form goes with all that it holds."""
    return f"{settings.urls['registration']}/registration/accounts/renew?{urlencode({'next': next_})}"


def renewal_beside(settings: Settings) -> str:
    """An image that shows nothing: whoever's browser fetches it is given anew what says who they are."""
    return f"{settings.urls['registration']}/registration/accounts/renewal.gif"


def sign_out(settings: Settings) -> str:
    """Where a form leads that signs somebody out everywhere."""
    return f"{settings.urls['registration']}/registration/accounts/sign-out"


def account_invitation(settings: Settings, account: str, invitation_: str) -> str:
    """The one link by which somebody who is invited to the desks, or forgot their password, chooses one."""
    token = sign(settings, purpose="account", id_=f"{account}:{invitation_}")
    return f"{settings.urls['registration']}/registration/accounts/invitations/{token}"


def account_address(settings: Settings, account: str, change: str) -> str:
    """Where somebody of a desk shows that another mail address is theirs."""
    token = sign(settings, purpose="account-address", id_=f"{account}:{change}")
    return f"{settings.urls['registration']}/registration/accounts/addresses/{token}"


def association(settings: Settings, id_: str) -> str:
    """The page on which an association says what stands on its mails and letters."""
    return f"{settings.urls['registration']}/registration/desk/associations/{id_}"


def accounts(settings: Settings) -> str:
    """The desk where people are invited; below it, one's own account."""
    return f"{settings.urls['registration']}/registration/accounts"


def logo(settings: Settings, association: str, digest: str) -> str:
    """An association's logo; another picture has another address."""
    return f"{settings.urls['registration']}/registration/logos/{association}/{digest}.png"
