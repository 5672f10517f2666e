"""How fast the public may register: so many an hour from one source, or the places would be gone with nobody in them.

A desk that registers people with its account isn't the public.
"""

from services.registration.registering.domain.registrations import Application
from shared.parts import current
from shared.sentences import marked
from shared.web.pace import Pace, by_email, by_network

BY_EMAIL_MAX = 40  # registrations in an hour: an office that registers all its clerks under one address
BY_NETWORK_MAX = 120  # a county's offices behind one address
TOO_MANY = marked(
    "Many registrations came from this address within an hour. You were not registered, and nothing was charged. "
    "Please send it again in an hour, or ask the host committee to register a large group."
)


class FormPace(Pace):
    """When registrations came from the public, by e-mail address and network."""


def must_be_slow(application: Application) -> None:
    """Counts a registration that is asked for without an account; raises `TooManyForms` when there are too many."""
    pace = current(FormPace)
    limits = {by_network(): BY_NETWORK_MAX}
    if application.person.email:
        limits[by_email(application.person.email)] = BY_EMAIL_MAX
    pace.must_be_slow(limits, otherwise=TOO_MANY)
    pace.count(*limits)


def must_be_slow_together(email: str | None, *, count: int) -> None:
    """Counts so many registrations that are asked for at once without an account; `email` is of who pays."""
    pace = current(FormPace)
    limits = {by_network(): BY_NETWORK_MAX}
    if email:
        limits[by_email(email)] = BY_EMAIL_MAX
    pace.must_be_slow(limits, otherwise=TOO_MANY)
    for _ in range(count):
        pace.count(*limits)
