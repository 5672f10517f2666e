"""Measures the public way, from outside: the conference's page, the form, what is sent, one's own page, the page to pay
on, the card provider's, and the page that one is led back to, until the mail that all is paid has left.

Each visitor comes from a network address of their own, as they do, and keeps connections open. What the town costs at
rest is not counted.
"""

import html
import http.client
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from tests.bench.crowd import ADDRESS, CATEGORY
from tests.bench.figures import Goal, Measurement, percentile, rounded
from tests.bench.processes import Cost
from tests.bench.running import Running

VISITOR_COUNT, ORDERS_EACH, WARM_EACH = 8, 12, 2
LOOK_SECONDS = 0.1
ANSWER_SECONDS_MAX = 30.0
ORDERS_PER_SECOND = Goal(figure=17)
CPU_MILLISECONDS = Goal(figure=121, is_upper=True)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_PAY = re.compile(r'href="([^"]*/payments/pay/[^"]+)"')


class LostOnTheWay(Exception):
    """A page answered what no visitor can go on from."""


@dataclass
class Visitor:
    """Somebody with a browser, who counts what they ask of us."""

    number: int
    asked_count: int = 0
    _kept: dict[str, http.client.HTTPConnection] = field(default_factory=dict)

    def ask(self, method: str, url: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """The status, the page, and where it leads on to."""
        parts = urlsplit(url)
        if parts.netloc not in self._kept:
            source = (f"127.80.{self.number // 200}.{self.number % 200 + 1}", 0)
            self._kept[parts.netloc] = http.client.HTTPConnection(
                parts.netloc, timeout=ANSWER_SECONDS_MAX, source_address=source
            )
        connection = self._kept[parts.netloc]
        headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, parts.path, urlencode(form) if form is not None else None, headers)
        response = connection.getresponse()
        self.asked_count += 1
        return response.status, response.read().decode(), response.headers.get("Location", "")

    def page(self, url: str) -> str:
        """A page that must be there."""
        status, page, _ = self.ask("GET", url)
        if status != HTTPStatus.OK:
            raise LostOnTheWay(f"{urlsplit(url).path} was answered with {status}: {page[:300]}")
        return page

    def send(self, url: str, form: dict[str, str]) -> str:
        """Where a form leads on to."""
        status, page, location = self.ask("POST", url, form)
        if status != HTTPStatus.SEE_OTHER:
            raise LostOnTheWay(f"{urlsplit(url).path} was answered with {status}: {page[:300]}")
        return location

    def close(self) -> None:
        """End the connections."""
        for connection in self._kept.values():
            connection.close()


def measure(conference: str, *, town: Running) -> list[Measurement]:
    """Orders a second with so many visitors, what one costs with its mail, and how often we are asked for one."""
    _visit_all(conference, range(VISITOR_COUNT), each=WARM_EACH, town=town)
    cost = Cost(town.processes, at_rest=town.at_rest())
    began = time.perf_counter()
    numbers = range(VISITOR_COUNT, 2 * VISITOR_COUNT)
    visitors, took, ended = _visit_all(conference, numbers, each=ORDERS_EACH, town=town)
    order_count = len(took)
    each = cost.milliseconds_each(order_count)
    ours = {name: used for name, used in each.items() if name not in ("provider", "mailbox")}
    return [
        Measurement(
            name="public way",
            figure=order_count / (ended - began),
            unit="orders/s",
            goal=ORDERS_PER_SECOND,
            more={
                "visitor_count": VISITOR_COUNT,
                "requests_each": rounded(sum(each.asked_count for each in visitors) / order_count),
                "p95_milliseconds": rounded(percentile(sorted(took), 0.95) * 1000),
            },
        ),
        Measurement(
            name="cost of the public way",
            figure=sum(ours.values()),
            unit="CPU ms",
            goal=CPU_MILLISECONDS,
            more={"cpu_milliseconds_each": each},
        ),
    ]


def _visit_all(
    conference: str, numbers: Sequence[int], *, each: int, town: Running
) -> tuple[list[Visitor], list[float], float]:
    """All visitors at once, one order after the other; how long each took, and when the last had ended. Returns when
    the mails have left."""
    visitors = [Visitor(number) for number in numbers]
    with ThreadPoolExecutor(len(visitors)) as pool:
        turns = pool.map(lambda one: [_order(one, conference, turn, town=town) for turn in range(each)], visitors)
        took = [seconds for some in turns for seconds in some]
    ended = time.perf_counter()
    for visitor in visitors:
        visitor.close()
    town.finish()
    return visitors, took, ended


def _order(visitor: Visitor, conference: str, turn: int, *, town: Running) -> float:
    """From the conference's page to the one that says it is paid; answers the seconds."""
    began = time.perf_counter()
    addresses = town.addresses
    visitor.page(f"{addresses.scheduling}/scheduling/conferences/{conference}/page")
    address = f"{addresses.registration}/registration/conferences/{conference}/register"
    name = f"visitor-{visitor.number}-{turn}"
    entered = {"name": f"Visitor {name}", "email": f"{name}@example.org", "postal_address": "\n".join(ADDRESS)}
    hidden = dict(_HIDDEN.findall(visitor.page(address)))
    own = visitor.send(address, hidden | entered | {"category": CATEGORY, "tender": "card", "language": "en"})
    found = _PAY.search(visitor.page(own))
    if found is None:
        raise LostOnTheWay("one's own page leads to no page to pay on")
    pay = html.unescape(found[1])
    while f'action="{urlsplit(pay).path}"' not in visitor.page(
        pay
    ):  # the order is being prepared, and the page looks again by itself
        town.caller.deadline.pause(LOOK_SECONDS, missing="an order that can be paid")
    checkout = urlsplit(visitor.send(pay, {})).path.rpartition("/")[2]
    paid = town.caller.post(f"{addresses.provider}/_provider/checkout/{checkout}/pay", {"method": "works"})
    visitor.page(str(paid["success_url"]))
    return time.perf_counter() - began
