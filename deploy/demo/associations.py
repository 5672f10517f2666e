"""The four associations of the demo, what each says of itself, and what the smaller ones hold; all of it invented."""

import io
from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from deploy.town.addresses import Addresses
from deploy.town.calls import Caller

INSTITUTE, MANAGERS, STATE, ONTARIO = "iimc", "icma", "ilcma", "amcto"


def _said(name: str, *address: str, mail: str, tax: str, bank: str, **rules: Any) -> dict[str, Any]:
    return rules | {
        "name": name,
        "postal_address": list(address),
        "tax_number": tax,
        "sender_address": f"office@{mail}.example",
        "cheques_to": [name, *address],
        "transfers_to": [bank, name, f"Account {tax.translate(str.maketrans('', '', 'EINBN -'))}00"],
        "purchase_orders_to": [f"orders@{mail}.example"],
    }


ASSOCIATIONS = {
    INSTITUTE: _said(
        "Institute of Municipal Clerks",
        "8300 Orchard Way",
        "Alder Falls, CA 91701",
        "USA",
        mail=INSTITUTE,
        tax="EIN 95-0000401",
        bank="First Bank of Alder Falls",
        invoice_prefix="CLERKS",
        currency="USD",
    ),
    MANAGERS: _said(
        "Association of City and County Managers",
        "77 North Quay, Suite 500",
        "Port Sumner, DC 20002",
        "USA",
        mail=MANAGERS,
        tax="EIN 36-0000502",
        bank="Harbor Trust, Port Sumner",
        invoice_prefix="MGRS",
        currency="USD",
        languages=["en"],
    ),
    STATE: _said(
        "Prairie State Managers' Association",
        "12 Campus Road",
        "Kishwau, IL 60115",
        "USA",
        mail=STATE,
        tax="EIN 37-0000603",
        bank="Kishwau Savings Bank",
        invoice_prefix="PRAIR",
        currency="USD",
        languages=["en"],
        points=[{"scheme": "CMC", "from_year": 2025, "minutes_per_point": 180}],
    ),
    ONTARIO: _said(
        "Clerks and Treasurers of Ontario",
        "2680 Lakeview Road, Unit 5",
        "Elmcourt, ON L5N 0A1",
        "Canada",
        mail=ONTARIO,
        tax="BN 10000 0704",
        bank="Elmcourt Credit Union",
        invoice_prefix="ONT",
        currency="CAD",
        languages=["en", "fr"],
        points=[{"scheme": "academy", "from_year": 2025, "minutes_per_point": 300}],
    ),
}
CONFERENCES = {
    MANAGERS: ("annual-2025", "Managers' Annual Conference 2025", "Port Sumner, DC", "America/New_York", "USD"),
    STATE: ("summer-2025", "Summer Conference 2025", "Galena Bend, Illinois", "America/Chicago", "USD"),
    ONTARIO: ("ontario-2025", "Ontario Clerks' Forum 2025", "Elmcourt, Ontario", "America/Toronto", "CAD"),
}
SERIES: Mapping[str, tuple[tuple[str, str, int | None, Mapping[int, str]], ...]] = {
    INSTITUTE: (
        (
            "congress",
            "Annual Conference",
            1947,
            {
                2021: "Kestrel Bay, Michigan",
                2022: "Ash Hollow, Arkansas",
                2023: "Lindenwood, Minnesota",
                2024: "Fairwater",
            },
        ),
        ("symposium", "Symposium", None, {}),
    ),
    MANAGERS: (("managers-annual", "Managers' Annual Conference", None, {2024: "Copper Mesa, New Mexico"}),),
    STATE: (
        ("summer", "Summer Conference", None, {2024: "Prairie du Lac, Illinois"}),
        ("winter", "Winter Conference", None, {2025: "Kishwau, Illinois"}),
    ),
    ONTARIO: (("ontario-forum", "Ontario Clerks' Forum", None, {2024: "Birchport, Ontario"}),),
}  # key, title, year of the 1st, hosts of years that are not run here
LOGOS = {
    INSTITUTE: ("IMC", "#1f4f78"),
    MANAGERS: ("ACCM", "#7a3b12"),
    STATE: ("PSMA", "#3d6b2f"),
    ONTARIO: ("CTO", "#8a1c2c"),
}  # what is written in each, and its colour
DAYS = {"starts": "2025-06-08", "ends": "2025-06-11"}


def describe(*, addresses: Addresses, caller: Caller) -> None:
    """Let each say what it is; done again it changes nothing."""
    for id_, said in ASSOCIATIONS.items():
        address = f"{addresses.registration}/registration/associations/{id_}"
        caller.put(address, said, account=addresses.finance)
        caller.put_picture(f"{address}/logo", logo(*LOGOS[id_]), account=addresses.finance)


def logo(letters: str, colour: str) -> bytes:
    """A ring, and letters beside it, as a PNG."""
    picture = Image.new("RGBA", (440, 120), (255, 255, 255, 0))
    drawn = ImageDraw.Draw(picture)
    drawn.ellipse((10, 10, 110, 110), outline=colour, width=18)
    drawn.text((140, 10), letters, fill=colour, font=ImageFont.load_default(90))
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def begin_series(*, addresses: Addresses, caller: Caller) -> None:
    """What each holds again and again, and who hosts the years that are not run here; done again it changes nothing."""
    base = f"{addresses.scheduling}/scheduling/series"
    for association, kinds in SERIES.items():
        for key, title, first_year, hosts in kinds:
            body = {"key": key, "title": title, "first_year": first_year, "association": association}
            caller.post(base, body, key=f"{key}:begin", account=addresses.committee)
            for year, city in hosts.items():
                body = {"city": city, "year": year}
                caller.post(f"{base}/{key}/hosts", body, key=f"{key}:{year}", account=addresses.committee)


def take_in(series: str, conference_key: str, *, addresses: Addresses, caller: Caller) -> None:
    """Make a conference the edition of its year; done again it changes nothing."""
    base = f"{addresses.scheduling}/scheduling"
    (known,) = caller.get(f"{base}/conferences?key={conference_key}", account=addresses.committee)["items"]
    body = {"conference": known["id"]}
    caller.post(f"{base}/series/{series}/conferences", body, key=f"{series}:{known['id']}", account=addresses.committee)


def announce(*, addresses: Addresses, caller: Caller, say: Callable[[str], None]) -> None:
    """A conference of each of the smaller ones; done again it changes nothing."""
    base = f"{addresses.scheduling}/scheduling/conferences"
    for association, (key, title, city, zone, currency) in CONFERENCES.items():
        body = {"key": key, "title": title, "city": city, "zone": zone, "currency": currency, **DAYS}
        body["association"] = association
        made = caller.post(base, body, key=f"{key}:create", account=addresses.committee)
        caller.post(f"{base}/{made['id']}/announce", {}, key=f"{key}:announce", account=addresses.committee)
        take_in(SERIES[association][0][0], key, addresses=addresses, caller=caller)
    say(f"{len(ASSOCIATIONS)} associations share this town.")
