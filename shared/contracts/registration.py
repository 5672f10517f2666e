"""What registration tells the others: people, who may attend, and what they chose after a cancellation."""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.consequences import Anomaly, Consequence, Drift
from shared.contracts.envelope import CONTACT, Event, event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One thing that is owed: a `fee` (the registrant's own place), a `guest`, or an `option`."""

    kind: str
    amount_minor: int
    product: str = ""  # of an option: its key in the fee table, once on an order
    session: str = ""  # of an option that is a seat in a session: scheduling's id of it; a banquet has none


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    """One line of an order that was placed, and whose registration it is of."""

    registration: str
    kind: str
    amount_minor: int
    product: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionPlace:
    """An option that a delegate has a place in."""

    product: str
    session: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTerms:
    """The refund terms as they stood at purchase; editing a fee table later changes nothing already sold."""

    organiser_cancels_fee_minor: int = 0  # kept once per paid registration when the organiser cancels; never per guest
    leave_fee_minor: int = 0  # kept once of each who leaves after a card, cheque or transfer was paid; never per guest


@event(key="person", personal=CONTACT)
class PersonRegistered(Event):
    """A person is known from now on; this, `ContactChanged` and `AddressChangeAsked` carry contact data."""

    person: str
    name: str
    email: str | None
    postal_address: tuple[str, ...]
    language: str = "en"


@event(key="payer", personal={**CONTACT, "reference": ""})
class PayerIntroduced(Event):
    """Somebody who pays for several people is known from now on: a town, mostly, and no registrant."""

    payer: str
    name: str
    email: str | None
    postal_address: tuple[str, ...]
    language: str = "en"
    reference: str = ""  # what the payer wants to read on the invoice


@event(key="person", personal={**CONTACT, "name_before": ""})
class ContactChanged(Event):
    """A person's contact data were corrected and are now these: whoever keeps a copy keeps these instead."""

    person: str
    name: str
    email: str | None
    postal_address: tuple[str, ...]
    language: str = "en"
    changed: tuple[str, ...] = ()  # which of the four; events of before don't say, so it may be any
    name_before: str = ""  # where the name is among them


@event(key="change", personal={"email": ""}, subject="person")
class AddressChangeAsked(Event):
    """Somebody asks to be written to at another e-mail address, which counts once its link was opened."""

    change: str
    person: str
    registration: str  # from whose page it was asked for
    conference: str
    email: str  # the new one


@event(key="erasure")
class ErasureAsked(Event):
    """The desk wants to erase a person; payments says first whether money of theirs is still open."""

    erasure: str
    persons: tuple[str, ...]  # the ids under which one human being is known, at most 50
    orders: tuple[str, ...]  # what they have ordered for themselves, at most 200


@event(key="person")
class PersonErased(Event):
    """Somebody was erased, and their key destroyed: whoever keeps a name, an address or words of theirs blanks them."""

    person: str  # or who pays for several
    erasure: str


@event(key="asked")
class LinkAsked(Event):
    """Somebody needs a link that only the person themselves may have: it goes to the address known."""

    asked: str
    person: str
    conference: str
    kind: str  # proof: that it was they who filled in a form; registration: to their own page
    about: str  # what the link leads to, by its kind


@event(key="order")
class OrderPlaced(Event):
    """Somebody has ordered for one registration, or for several, and will pay for all by this tender; said once."""

    order: str
    conference: str
    payer: str  # the person who registered themselves, or who pays for several
    registrations: tuple[str, ...]  # at most 200; one may owe nothing
    tender: str  # card | cheque | transfer | grant | purchase_order
    currency: str
    lines: tuple[PlacedLine, ...]
    terms: RefundTerms


@event(key="registration")
class RegistrationSubmitted(Event):
    """Somebody asked to attend, at these prices and terms, and will pay by this tender."""

    registration: str
    conference: str
    person: str
    order: str
    tender: str  # card | cheque | transfer | grant | purchase_order
    currency: str
    lines: tuple[OrderLine, ...]
    terms: RefundTerms
    guest_count: int = 0
    payer: str = ""  # who pays for several people, this one among them; empty: the person themselves
    held_until: datetime | None = None  # its limited options, while nothing is paid; None where there are none


@event(key="registration")
class RegistrationConfirmed(Event):
    """The registrant is a delegate now: paid in full, or on an accepted purchase order."""

    registration: str
    conference: str
    person: str
    order: str
    tender: str
    currency: str
    total_minor: int
    guest_count: int
    is_paid: bool
    options: tuple[OptionPlace, ...] = ()


@event(key="registration")
class OptionMoved(Event):
    """The session of an option was cancelled, and the registrant moved to another one of the same price."""

    registration: str
    conference: str
    person: str
    order: str
    option: str  # the order line, by the product that it was
    from_session: str
    to_session: str
    amount_minor: int  # as it was and stays: no money moves
    currency: str
    to_option: str  # the product that the line is from now on
    from_label: str = ""  # what the fee table calls them
    to_label: str = ""


@event(key="registration")
class OptionRenamed(Event):
    """The committee calls an option by another name from now on, and this registrant has it; price and place stay."""

    registration: str
    conference: str
    person: str
    order: str
    product: str
    from_label: str  # as the registrant knew it
    label: str
    note: str = ""  # the committee's words about it


@event(key="registration")
class OptionCancelled(Event):
    """An option has ended and its price is owed no more, or owed back; said once for each option, and final."""

    registration: str
    conference: str
    person: str
    order: str
    product: str
    session: str
    amount_minor: int
    currency: str
    # registrant | deadline | desk | seat: they have the seat no more | unpaid: it was held, and nothing was paid
    by: str
    label: str = ""  # what the fee table calls it


@event(key="registration")
class OptionAdded(Event):
    """Something was added to a registration after its order was placed: one more line of that order, at this price.

    A seat that was taken from a waitlist has the claim that it pays for: what becomes of that seat meanwhile is told
    under it.
    """

    registration: str
    conference: str
    person: str
    order: str
    number: int  # which of the additions to this registration it is, from 1
    product: str
    session: str
    amount_minor: int
    currency: str
    label: str = ""  # what the fee table calls it
    payer: str = ""  # who pays for several people, this one among them; empty: the person themselves
    claim: int | None = None  # of a seat from the waitlist, as `SeatOwed` has it


@event(key="registration")
class OptionPaid(Event):
    """What was added to a registration later is paid, with all else on its order."""

    registration: str
    conference: str
    person: str
    order: str
    product: str
    session: str


@event(key="registration")
class PaymentTimeEnded(Event):
    """The time for which unpaid places are held is over: nobody begins to pay any more.

    Payments says when nobody can any more.
    """

    registration: str
    conference: str
    person: str
    order: str


@event(key="places")
class PlacesSetAside(Event):
    """So many places of a paid session are kept for its waitlist, and are not sold until scheduling wants fewer."""

    places: str
    conference: str
    product: str
    session: str
    count: int  # all of them, not only those that are new
    revision: int  # of the `SeatsWanted` that it answers; an answer to an older one doesn't hold any more


@event(key="places")
class PlacesOffered(Event):
    """An option that is a seat in a session is sold so many times at most, whatever its room has, and at this price."""

    places: str
    conference: str
    product: str
    session: str
    count: int | None  # None: as many as the room has
    amount_minor: int | None = None  # what a seat costs; None: it was not said yet


@event(key="registration")
class RegistrationCancelled(Event):
    """A registration has ended because the organiser cancelled the conference."""

    registration: str
    conference: str
    person: str
    order: str
    run: str
    terms: RefundTerms
    choose_until: datetime
    default_choice: str
    payer: str = ""  # who pays for several people, this one among them: `OrderEnded` is about the money of all


@event(key="registration")
class RegistrationLeft(Event):
    """One registration has ended, and the conference goes on without it; said once, and final.

    The committee has ended it by hand, or its payer chose so when the conference was moved: then they have all of
    what was paid back, whatever the terms say.
    """

    registration: str
    conference: str
    person: str
    order: str
    terms: RefundTerms
    tender: str
    total_minor: int  # the price of everything that has ended
    guest_count: int
    is_delegate: bool  # it had been confirmed
    payer: str = ""  # who pays for several people, this one among them; empty: the person themselves
    by: str = ""  # the account that ended it; empty: a script with a key. Why is kept at the desk
    cause: str = ""  # moved: its payer's choice; empty: the committee's hand
    run: str = ""  # of the decision about which its payer has chosen


@event(key="order")
class OrderEnded(Event):
    """All registrations left on an order of several have ended because the organiser cancelled the conference.

    Said once, when the last of them has ended; never of an order that everybody has left before.
    """

    order: str
    conference: str
    payer: str
    run: str
    registrations: tuple[str, ...]  # those that this run has ended; under the first of them the payer chooses for all
    terms: RefundTerms
    choose_until: datetime
    default_choice: str
    left: tuple[str, ...] = ()  # those that had left before; what that means for the money comes first


@event(key="registration")
class RegistrationPostponed(Event):
    """The conference of a registration is postponed: it goes on, unless its payer would rather have the money back."""

    registration: str
    conference: str
    person: str
    order: str
    run: str
    choose_until: datetime
    default_choice: str  # wait
    payer: str = ""  # who pays for several people, this one among them: `OrderPostponed` is about the money of all


@event(key="order")
class OrderPostponed(Event):
    """All registrations left on an order of several have been told of as postponed: its payer chooses for all."""

    order: str
    conference: str
    payer: str
    run: str
    registrations: tuple[str, ...]
    choose_until: datetime
    default_choice: str


@event(key="registration", why_unheard="A choice moves nothing before it is final; this is the record of it.")
class MoveChosen(Event):
    """The payer said whether they stay with a conference that is moved; an intent, it moves nothing."""

    registration: str
    conference: str
    person: str  # who chose
    order: str
    run: str
    choice: str  # wait | refund
    revision: int  # 1 for the first choice, one more each time it is changed
    registrations: tuple[str, ...] = ()  # of an order of several, for whom it was chosen; empty: the one


@event(key="run")
class RunPopulationClosed(Event):
    """Everybody whom a decision leaves registered has been told of: so many, and exactly these."""

    run: str
    conference: str
    count: int
    digest: str


@event(key="run")
class RunLeaversClosed(Event):
    """The choices of a decision are final: so many have left by it, and exactly these."""

    run: str
    conference: str
    count: int
    digest: str


@event(key="registration")
class SettlementChosen(Event):
    """The registrant said what should happen with the money; an intent, it moves nothing."""

    registration: str
    conference: str
    person: str
    order: str
    run: str
    choice: str  # refund | credit | donate
    amount_minor: int
    currency: str
    revision: int  # 1 for the first choice, one more each time it is changed
    is_of_several: bool = False  # a payer has chosen for all of an order


@event(key="registration")
class SettlementFixed(Event):
    """What happens with the money is final, said once: by choosing refund, or by the deadline."""

    registration: str
    conference: str
    person: str
    order: str
    run: str
    choice: str
    fixed_by: str  # registrant | deadline


@event(key="decision")
class RegistrationsHeld(Event):
    """The gates are closed for a decision that can be undone: so many registrations are there, with this digest."""

    decision: str
    conference: str
    count: int
    digest: str  # of their sorted ids


@event(key="run")
class RegistrationRunClosed(Event):
    """Every registration of the cancelled conference has ended: so many, with this digest of their sorted ids."""

    run: str
    conference: str
    count: int
    digest: str


@event(key="run")
class RunSteered(Event):
    """Somebody has held up what is carried out for many, let it go on, or stopped it for good; who is the actor."""

    run: str
    conference: str
    mode: str  # running | paused | stopped: from now on
    at: datetime


@event(key="session")
class SignedOut(Event):
    """Somebody has signed out, or a token has ended: what was said under it until then holds no more."""

    session: str
    at: datetime


@event(key="account")
class AccountChanged(Event):
    """What somebody at a desk may do has changed, or they may sign in no more; what was said of it before is over."""

    account: str
    association: str
    is_closed: bool
    at: datetime
    by: str = ""  # who changed it: an account, or nobody at the desk


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRule:
    """How many approved minutes make a point under one scheme, for sessions of this year and later ones."""

    scheme: str
    from_year: int
    minutes_per_point: int


@event(key="association")
class AssociationDescribed(Event):
    """An association has said what it is called, where it is, where its money goes, and how it does things."""

    association: str
    name: str
    postal_address: tuple[str, ...] = ()
    tax_number: str = ""
    sender_name: str = ""
    sender_address: str = ""
    cheques_to: tuple[str, ...] = ()  # payee and address, line by line
    transfers_to: tuple[str, ...] = ()
    purchase_orders_to: tuple[str, ...] = ()
    logo: str = ""  # a PNG in base64, small enough to stand in an event
    invoice_prefix: str = ""  # of the numbers of invoices; empty: INV
    currency: str = ""  # in which its conferences are unless they say another
    languages: tuple[str, ...] = ()  # of its pages, first the one for who has said none; empty: all there are
    points: tuple[PointsRule, ...] = ()  # where they differ from the installation's


@event(key="account", personal={"mail": "", "name": "", "by_name": ""})
class AccountInvited(Event):
    """Somebody is given a link to choose a password by: they are invited to the desks, or have forgotten theirs.

    The link is made by whoever writes to them; what is said here is no right without the key that signs links.
    """

    account: str
    association: str
    mail: str
    name: str
    invitation: str  # the one that holds
    until: datetime
    asked: str  # this asking: each is mailed once
    by_name: str = ""  # who invites, as people call them; empty when they asked for it themselves
    is_forgotten: bool = False  # they, or somebody who knows their address, said that the password is forgotten


@event(key="account", personal={"mail": "", "name": ""})
class CommitteeAsked(Event):
    """Somebody who was on the committee of a cancelled edition is asked to serve again: its city has another year."""

    account: str
    association: str
    mail: str
    name: str
    award: str  # each is asked once for it
    year: int
    city: str
    title: str  # of the new edition
    cancelled_title: str  # of the one that was cancelled


@event(key="account", personal={"mail": "", "mail_before": "", "name": ""})
class AccountAddressAsked(Event):
    """Somebody wants to sign in under another mail address; it counts once a link that goes there is opened."""

    account: str
    association: str
    name: str
    mail: str  # the new one
    mail_before: str  # which is told of it
    change: str  # what is inside the link
    until: datetime


@event(key="account", personal={"mail": "", "name": "", "by_name": ""})
class SecondFactorRemoved(Event):
    """An administrator has taken away the second factor that somebody had lost; they are told of it."""

    account: str
    association: str
    mail: str
    name: str
    by: str  # the administrator's account
    by_name: str
    removal: str  # this one: each is mailed once
    at: datetime  # on the host's clock


@event(key="preview")
class RegistrationsPreviewed(Event):
    """What a decision would do to the registrations of a conference; nothing has been done."""

    preview: str
    conference: str
    decision: str
    revision: int
    count: int  # registrations that it concerns, as they are known here
    population: str  # the digest of their ids: services that know of the same ones say the same
    currency: str
    lines: tuple[Consequence, ...]
    anomalies: tuple[Anomaly, ...]
    digest: str  # over whom and what it concerns, the terms and the texts: this is what somebody approves
    drift: Drift = Drift()
