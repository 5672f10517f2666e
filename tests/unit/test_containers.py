"""What the Dockerfile, the compose file and the proxy promise can be read off them, without any container."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own

from deploy.town.engines import kafka, mongod
from deploy.town.ports import free_port
from shared.settings import SERVICES, Settings
from shared.web.app import EDGE

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "deploy/images"
TOOLS = ("provider", "mailbox")
ENGINES = ("mongo", "kafka")
ENDS_BY_ITSELF = ("replica-set",)
SECRETS = (
    "SECRET_KEY", "COMMITTEE_PASSWORD", "FINANCE_PASSWORD", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET",
    "MONGO_PASSWORD", "MONGO_KEY", "KAFKA_PASSWORD",
)  # fmt: skip
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?P<rule>:\?|:-|-)(?P<rest>[^}]*)\}")


@dataclass
class Stage:
    """One target of the Dockerfile: what it stands on, and its own instructions."""

    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all_of(self, name: str) -> list[str]:
        """The arguments of every instruction of this name."""
        return [arguments for instruction, arguments in self.instructions if instruction == name]


def _stages() -> dict[str, Stage]:
    stages: dict[str, Stage] = {}
    stage = Stage(base="the arguments above the first FROM")
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    for line in text.splitlines():
        instruction, _, arguments = line.partition(" ")
        if instruction == "FROM":
            base, _, name = arguments.partition(" AS ")
            stages[name] = stage = Stage(base)
        elif instruction.isupper():
            stage.instructions.append((instruction, arguments))
    return stages


def _compose() -> dict[str, Any]:
    composed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return composed


STAGES = _stages()
COMPOSE = _compose()
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]


def _copied(target: str) -> list[str]:
    """What a target and all that it stands on take from the repository."""
    stage = STAGES.get(target)
    if stage is None:
        return []
    own = [words.split()[:-1] for words in stage.all_of("COPY") if not words.startswith("--from")]
    return [source for sources in own for source in sources] + _copied(stage.base)


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_one_service_and_what_is_shared(service: str) -> None:
    code = {path for path in _copied(service) if not path.startswith("deploy/images/")}

    assert code == {"shared", "services/__init__.py", f"services/{service}"}


@pytest.mark.parametrize("target", [*SERVICES, *TOOLS])
def test_an_image_takes_its_own_pinned_packages(target: str) -> None:
    requirements = ROOT / f"deploy/requirements/{target}.txt"
    packages = STAGES[f"{target}-packages"]

    assert f"COPY --from={target}-packages" in (ROOT / "Dockerfile").read_text().split(f" AS {target}\n")[1]
    assert packages.all_of("COPY") == [f"deploy/requirements/{target}.txt /workshop/"]
    assert packages.all_of("RUN") == [f"/workshop/install-packages {target}"]
    assert "--hash=sha256:" in requirements.read_text()
    assert "--require-hashes" in (IMAGES / "install-packages").read_text()


@pytest.mark.parametrize("target", [*SERVICES, *TOOLS, *ENDS_BY_ITSELF, "proxy"])
def test_nobody_in_an_image_is_root(target: str) -> None:
    users = STAGES[target].all_of("USER")

    assert users[-1] == "10001:10001"


@pytest.mark.parametrize("target", [*SERVICES, *TOOLS, "proxy"])
def test_every_image_that_stays_up_says_whether_it_is_well(target: str) -> None:
    assert len(STAGES[target].all_of("HEALTHCHECK")) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_well_when_it_is_ready(service: str) -> None:
    (check,) = STAGES[service].all_of("HEALTHCHECK")

    assert f'"8000", "/{service}/ready"' in check


def test_every_container_is_known() -> None:
    assert set(CONTAINERS) == {*SERVICES, *TOOLS, *ENGINES, *ENDS_BY_ITSELF, "proxy"}


@pytest.mark.parametrize("container", CONTAINERS)
def test_what_is_published_is_published_on_the_loopback_address(container: str) -> None:
    ports = CONTAINERS[container].get("ports", [])

    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("container", [*SERVICES, *TOOLS, "proxy"])
def test_a_container_of_ours_can_change_nothing_but_its_data(container: str) -> None:
    told = CONTAINERS[container]

    assert (told["user"], told["read_only"], told["cap_drop"]) == ("10001:10001", True, ["ALL"])
    assert told["build"]["target"] == container


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_says_whether_it_is_well_and_its_image_can_be_another(engine: str) -> None:
    told = CONTAINERS[engine]

    assert told["healthcheck"]["test"]
    assert told["image"].startswith(f"${{{engine.upper()}_IMAGE:-")


def test_who_needs_another_waits_until_it_is_well() -> None:
    conditions = {
        (needed, how["condition"])
        for told in CONTAINERS.values()
        for needed, how in told.get("depends_on", {}).items()
    }  # fmt: skip

    assert conditions == {
        ("replica-set", "service_completed_successfully"),
        *((needed, "service_healthy") for needed in (*SERVICES, *TOOLS, *ENGINES)),
    }


@pytest.mark.parametrize("secret", SECRETS)
def test_a_missing_secret_is_refused_with_a_sentence_that_names_it(secret: str) -> None:
    told = [found for found in VARIABLE.finditer((ROOT / "docker-compose.yml").read_text()) if found["name"] == secret]

    assert told
    for found in told:
        assert found["rule"] == ":?"
        assert found["rest"].startswith(f"{secret} is not set. Nothing was started. Run deploy/images/keys once")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_all_that_it_needs(service: str) -> None:
    environment = {
        name: VARIABLE.sub(lambda found: "given" if found["rule"] == ":?" else found["rest"], value)
        for name, value in CONTAINERS[service]["environment"].items()
    }

    settings = Settings.from_environment(service, environment)

    assert settings.mongo_url == "mongodb://reconvene:given@mongo:27017/?replicaSet=rs0"
    assert settings.kafka_options == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "reconvene",
        "sasl_plain_password": "given",
    }
    assert settings.urls == dict.fromkeys(SERVICES, "http://127.0.0.1:8080")
    assert not settings.clock_movable
    assert "REFUND_RATE_PER_SECOND" not in environment or service == "payments"


def test_the_broker_is_set_as_on_a_laptop() -> None:
    told = CONTAINERS["kafka"]["environment"]

    expected = {"KAFKA_" + name.upper().replace(".", "_"): value for name, value in kafka.NODE_SETTINGS.items()}

    expected["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"] = "CLIENTS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT"  # with a password
    assert {name: told.get(name) for name in expected} == expected


def test_the_database_is_set_as_on_a_laptop() -> None:
    told = {option for line in CONTAINERS["mongo"]["command"] for option in line.split("=", maxsplit=1)}

    # Inside a container it listens for the others, and its socket's file goes with the container.
    assert set(mongod.SETTINGS) - {"--bind_ip", "127.0.0.1", "--nounixsocket"} <= told


def test_the_proxy_knows_every_service_rewrites_nothing_and_writes_no_path_down() -> None:
    text = (ROOT / "deploy/proxy/haproxy.cfg").read_text()
    lines = [line.split("#")[0].split() for line in text.splitlines()]

    assert {line[1] for line in lines if line[:1] == ["backend"]} == set(SERVICES)
    assert set(text.partition("-m str ")[2].partition(" }")[0].split()) == set(SERVICES)
    assert not re.search(r"set-path|replace-path|set-uri|replace-uri|add-header|set-query", text)
    assert ["log", "global"] not in lines
    assert "httplog" not in text


def _proxy_rules() -> list[str]:
    text = (ROOT / "deploy/proxy/haproxy.cfg").read_text()
    return [line.split(" #")[0].strip() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("path", "is_closed"),
    [
        ("/payments/metrics", True),
        ("/payments/%6detrics", True),
        ("/payments/%6D%65trics", True),
        ("/payments/METRICS", True),
        ("/payments/metrics/", True),
        ("/payments/metrics%2f", True),
        ("/payments//metrics", True),
        ("/payments/..%2fmetrics", True),
        ("/payments/orders/ord%3A1", False),
        ("/scheduling/my-metrics", False),
    ],
)
def test_no_encoding_of_a_path_opens_what_is_closed(path: str, is_closed: bool) -> None:
    """The rule looks at the path as the service will read it: decoded. Read off it, since haproxy may not be here."""
    rules = _proxy_rules()
    closing = next(rule for rule in rules if "metrics" in rule)
    decoding = "http-request set-var(txn.path) path,url_dec"
    pattern = re.fullmatch(r".* if \{ var\(txn\.path\) -m reg -i (?P<pattern>\S+) \}", closing)

    assert pattern, closing
    assert rules.index(decoding) < rules.index(closing) < rules.index("use_backend %[path,field(2,/)]")
    assert any(rule.endswith("if !{ var(txn.path) -m found }") for rule in rules), "what can't be decoded goes on"
    assert bool(re.search(pattern["pattern"], unquote(path), re.IGNORECASE)) is is_closed


def test_the_proxy_says_who_asks_and_takes_away_what_a_client_says_of_that() -> None:
    rules = _proxy_rules()
    taken, said = rules.index("http-request del-header X-Forwarded- -m beg"), "http-request set-header"

    assert "http-request del-header Forwarded" in rules
    assert rules.index(f"{said} X-Forwarded-For %[src]") > taken
    assert rules.index(f"{said} X-Forwarded-Proto https if {{ ssl_fc }}") > taken
    assert f"{said} {EDGE} town" in rules


def test_with_a_certificate_nothing_but_https_is_spoken_and_browsers_remember_it() -> None:
    rules = _proxy_rules()
    begin, end = rules.index('.if strneq("$EDGE_CERTIFICATE","")'), rules.index(".endif")
    under_tls = rules[begin:end]

    assert any("ssl-min-ver TLSv1.2" in rule for rule in under_tls)
    assert 'http-request redirect prefix "$EDGE_URL" code 308 unless { ssl_fc }' in under_tls
    assert "http-response set-header Strict-Transport-Security max-age=31536000" in under_tls


def test_the_door_of_containers_and_that_of_a_laptop_have_the_same_paths_and_words() -> None:
    haproxy, caddy = ((ROOT / "deploy/proxy" / name).read_text() for name in ("haproxy.cfg", "Caddyfile"))

    sentences = {each.replace("\\n", "\n") for each in re.findall(r'(?:string) "([^"]+)"', haproxy)}
    only_for_networks = {each for each in sentences if "from your network" in each or "how long it is" in each}
    assert len(only_for_networks) == 2
    assert set(re.findall(r'respond (?:@\w+ )?"([^"]+)"', caddy)) - {"open\n"} == sentences - only_for_networks
    assert set(re.findall(r"import service (\w+)", caddy)) == set(SERVICES)
    assert "path_regexp (?i)/metrics/*$" in caddy
    assert "-m reg -i /metrics/*$" in haproxy
    assert re.search(r"@home path /\n\s+handle @home \{\n\s+import behind \{\$FRONT_SCHEDULING\}", caddy)
    assert "acl is_home path /\n" in haproxy
    assert "use_backend scheduling if is_home\n" in haproxy
    assert f"request_header {EDGE} town" in caddy


def test_one_network_can_not_take_the_town_from_the_others() -> None:
    text = "\n".join(_proxy_rules())

    refused = ("status 429", "status 413", "status 411", "tcp-request connection reject", "timeout http-request 10s")
    assert [each for each in refused if each not in text] == []


def test_a_service_believes_the_proxy_of_these_containers_and_nobody_else() -> None:
    address = CONTAINERS["proxy"]["networks"]["default"]["ipv4_address"]

    assert {CONTAINERS[service]["environment"]["TRUSTED_PROXY"] for service in SERVICES} == {address}


def test_no_secret_and_no_data_gets_into_a_build() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    kept = {rule[1:] for rule in rules if rule.startswith("!")}

    assert rules[0] == "*"
    assert kept == {
        "deploy/__init__.py", "deploy/images", "deploy/mailbox", "deploy/provider", "deploy/proxy",
        "deploy/requirements", "services", "shared",
    }  # fmt: skip
    assert {".env", "deploy/images/wheels/"} <= set((ROOT / ".gitignore").read_text().splitlines())


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The script that writes the keys, in a repository of its own."""
    script = tmp_path / "deploy/images/keys"
    script.parent.mkdir(parents=True)
    shutil.copy(IMAGES / "keys", script)
    return script


def test_the_keys_are_all_that_compose_asks_for_and_readable_by_their_owner_alone(keys: Path, tmp_path: Path) -> None:
    subprocess.run([keys], check=True, capture_output=True, timeout=20)

    written = tmp_path / ".env"
    given = dict(
        line.split("=", maxsplit=1) for line in written.read_text().splitlines() if re.match(r"[A-Z_]+=", line)
    )
    assert set(SECRETS) <= set(given)
    assert len({given[secret] for secret in SECRETS}) == len(SECRETS)
    assert given["SCHEDULING_URL"] == "http://127.0.0.1:8080"
    assert f"reconvene:{given['MONGO_PASSWORD']}@" in given["MONGO_URL"]
    assert written.stat().st_mode & 0o777 == 0o600


def test_keys_that_are_there_are_never_overwritten(keys: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET_KEY=kept\n")

    said = subprocess.run([keys], capture_output=True, text=True, timeout=20, check=False)

    assert said.returncode == 1
    assert "it was left as it is" in said.stderr
    assert (tmp_path / ".env").read_text() == "SECRET_KEY=kept\n"


class _Well(BaseHTTPRequestHandler):
    """Well under one path, unwell under every other."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/payments/ready" else 503)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a program that is well under one path."""
    with HTTPServer(("127.0.0.1", 0), _Well) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _ask_whether_well(port: int, path: str) -> int:
    command = [sys.executable, "-IS", str(IMAGES / "healthy.py"), str(port), path]
    return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode


def test_a_container_is_well_when_its_program_says_so(port: int) -> None:
    assert _ask_whether_well(port, "/payments/ready") == 0


def test_a_container_whose_program_is_not_ready_is_unwell(port: int) -> None:
    assert _ask_whether_well(port, "/registration/ready") == 1


def test_a_container_whose_program_does_not_answer_is_unwell() -> None:
    assert _ask_whether_well(free_port(), "/payments/ready") == 1
