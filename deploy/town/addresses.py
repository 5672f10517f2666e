"""Owns where a town's programs are and the accounts of its desks; leaves starting them to `deploy.town.town`."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.town.calls import Account

_WHERE = ("SCHEDULING_URL", "REGISTRATION_URL", "PAYMENTS_URL", "NOTIFICATIONS_URL", "PROVIDER_URL", "MAILBOX_URL")
_WITH_WHAT = ("MONGO_URL", "DATABASE_PREFIX", "STRIPE_API_KEY", "COMMITTEE_PASSWORD", "FINANCE_PASSWORD")


class AddressesIncomplete(Exception):
    """Some programs of a running town were given and others not; the message is for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Everything needed to drive a town and to read its books afterwards."""

    scheduling: str
    registration: str
    payments: str
    notifications: str
    provider: str
    mailbox: str
    mongo_url: str
    database_prefix: str
    stripe_api_key: str
    committee_password: str
    finance_password: str

    @property
    def committee(self) -> Account:
        """The committee's account."""
        return ("committee", self.committee_password)

    @property
    def finance(self) -> Account:
        """The finance desk's account."""
        return ("finance", self.finance_password)

    @property
    def services(self) -> dict[str, str]:
        """The base address of each service, by name."""
        return {
            "scheduling": self.scheduling,
            "registration": self.registration,
            "payments": self.payments,
            "notifications": self.notifications,
        }


def given_addresses(environment: Mapping[str, str]) -> Addresses | None:
    """The town that the environment names, or None when it names none; half a town is refused."""
    if not any(environment.get(name) for name in _WHERE):
        return None
    missing = [name for name in (*_WHERE, *_WITH_WHAT) if not environment.get(name)]
    if missing:
        raise AddressesIncomplete(
            "The environment gives some addresses of a running town, but not all that is needed. Nothing was started. "
            f"Set {', '.join(missing)} too, or none of the addresses, then start again."
        )

    def base(name: str) -> str:
        return environment[name].rstrip("/")

    return Addresses(
        scheduling=base("SCHEDULING_URL"),
        registration=base("REGISTRATION_URL"),
        payments=base("PAYMENTS_URL"),
        notifications=base("NOTIFICATIONS_URL"),
        provider=base("PROVIDER_URL"),
        mailbox=base("MAILBOX_URL"),
        mongo_url=environment["MONGO_URL"],
        database_prefix=environment["DATABASE_PREFIX"],
        stripe_api_key=environment["STRIPE_API_KEY"],
        committee_password=environment["COMMITTEE_PASSWORD"],
        finance_password=environment["FINANCE_PASSWORD"],
    )
