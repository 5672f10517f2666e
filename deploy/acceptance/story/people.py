"""The people of a story: invented names from invented towns, the same bytes every time.

Nobody here exists. E-mail addresses end in a name that is reserved for examples, post codes in a range that is given
to no town. Each detail of each person is drawn from a hash of its own, so that a new detail moves no other.
"""

import hashlib
import unicodedata
from dataclasses import dataclass

COUNTRY = "US"
STREET_NUMBER_MAX = 180
POST_CODE_MAX = 99  # 00001 to 00099 belong to no place


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


_GIVEN_NAMES = _words(
    "Ada Alma Andre Anita Arturo Beatrice Benedict Bernice Callum Camille Cedric Clara Conrad Cora Daphne Desmond",
    "Diego Edith Elena Elliot Esther Farah Felix Fiona Florence Gareth Georgia Gilbert Hannah Harriet Hector Ida",
    "Imani Ines Irving Jolene José Judith Kamala Keiko Laurel Leland Lionel Loretta Mabel Marcus Mireille Morris",
    "Naomi Nolan Odessa Oscar Pauline Percy Philippa Quentin Ramona Renée Rufus Sabine Selma Silas Tamsin Theo",
    "Ursula Vernon Violet Wanda Wesley Winifred Yolanda Zoë",
)
_FAMILY_NAMES = _words(
    "Abernathy Adeyemi Alvarado Appleby Arsenault Bannister Barros Bellamy Birdsong Blackwood Bjornstad Calloway",
    "Castellano Chaudhry Coldwell Cranmer Dalrymple Delacroix Drummond Eastman Echeverria Ellingsworth Fairbanks",
    "Farrow Fitzwarren Fontaine Gallagher Garrity Gillespie Goldfinch Hadley Halvorsen Hargrove Hathaway Hollings",
    "Ibarra Iverson Jankowski Jessop Kavanagh Kessler Kinsella Lachance Langford Lindqvist Lockhart Macready",
    "Marchetti Merriweather Middleton Moriarty Nakagawa Núñez Oakley Okonkwo Ostrowski Pemberton Pettigrew Quigley",
    "Radcliffe Ravenel Rosenthal Sandoval Satterfield Sinclair Stavros Tolliver Trevino Underhill Vandermeer Venkatesh",
    "Wainwright Westbrook Whitcomb Yamada Zielinski",
)
_TOWN_BEGINNINGS = _words(
    "Ashquill Brackle Bramshaw Cindermoor Copperwell Corbel Dunquill Elderfen Emberly Fallowmar Fennimore Glassen",
    "Gossamer Harrowmar Hollenquill Inkwell Juniperdale Kestrelmar Lanternby Larkspar Marrowby Millquill Nettlemoor",
    "Osierby Paddlemar Pellowby Quillmere Quincewood Rushquill Saltmarrow Sparrowmar Tamberly Thistlemar Tollgarth",
    "Umberley Vellumdale Wayquill Wickermar Wrenby Yarrowmar",
)
_TOWN_ENDS = ("Bend", "Bridge", "Corners", "Crossing", "Falls", "Ferry", "Grove", "Landing", "Mills", "Point")
_STATES = (
    "Alabama", "Arizona", "Arkansas", "Colorado", "Connecticut", "Georgia", "Idaho", "Illinois", "Indiana", "Iowa",
    "Kansas", "Kentucky", "Louisiana", "Maine", "Maryland", "Michigan", "Minnesota", "Mississippi", "Missouri",
    "Montana", "Nebraska", "Nevada", "New Hampshire", "New Mexico", "North Carolina", "Ohio", "Oklahoma", "Oregon",
    "South Carolina", "South Dakota", "Tennessee", "Texas", "Utah", "Vermont", "Virginia", "Washington", "Wisconsin",
    "Wyoming",
)  # fmt: skip
_STREETS = (
    "Archive Lane", "Ballot Street", "Charter Square", "Clerks' Row", "Ledger Lane", "Minute Book Road",
    "Ordinance Avenue", "Quorum Street", "Seal Street", "Town Hall Square",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody who registers for their town, with an address for letters and perhaps one for mails."""

    given_name: str
    family_name: str
    email: str | None
    organisation: str
    street: str
    town: str
    state: str
    postcode: str
    country: str

    @property
    def name(self) -> str:
        """As on the badge."""
        return f"{self.given_name} {self.family_name}"

    @property
    def address_lines(self) -> tuple[str, ...]:
        """As on the envelope, below the name."""
        return (self.organisation, self.street, f"{self.town}, {self.state} {self.postcode}")


@dataclass(frozen=True)
class Payer:
    """A town that pays for several of its people, with a contact of its own, who is none of them."""

    name: str
    email: str
    address_lines: tuple[str, ...]


def drawn(bound: int, *, story_key: str, kind: str, index: int, detail: str) -> int:
    """A number below a bound that is always the same for this detail of this record."""
    seed = f"{story_key}/{kind}/{index}/{detail}".encode()
    return int.from_bytes(hashlib.sha256(seed).digest()[:8]) % bound


def registrant(*, story_key: str, index: int, has_email: bool, colleague: int | None = None) -> Person:
    """The person of one registration; the number in the e-mail address keeps it their own. Their town is that of the
    `colleague` of that number, with whom they were registered."""
    home = index if colleague is None else colleague

    def pick(names: tuple[str, ...], detail: str, *, of: int = home) -> str:
        return names[drawn(len(names), story_key=story_key, kind="registrant", index=of, detail=detail)]

    def number(number_max: int, detail: str) -> int:
        return 1 + drawn(number_max, story_key=story_key, kind="registrant", index=home, detail=detail)

    given_name = pick(_GIVEN_NAMES, "given_name", of=index)
    family_name = pick(_FAMILY_NAMES, "family_name", of=index)
    town = f"{pick(_TOWN_BEGINNINGS, 'town_beginning')} {pick(_TOWN_ENDS, 'town_end')}"
    email = f"{_plain(given_name)}.{_plain(family_name)}.{index + 1:05}@{_plain(town)}.example"
    return Person(
        given_name=given_name,
        family_name=family_name,
        email=email if has_email else None,
        organisation=f"Town of {town}",
        street=f"{number(STREET_NUMBER_MAX, 'street_number')} {pick(_STREETS, 'street')}",
        town=town,
        state=pick(_STATES, "state"),
        postcode=f"{number(POST_CODE_MAX, 'postcode'):05}",
        country=COUNTRY,
    )


def payer_of(person: Person, *, index: int) -> Payer:
    """The town of the first of those whom it pays for; the number keeps two towns of one name apart."""
    return Payer(
        name=person.organisation,
        email=f"accounts.payable.{index + 1:05}@{_plain(person.town)}.example",
        address_lines=person.address_lines[1:],
    )


def guest_name(*, story_key: str, index: int, family_name: str) -> str:
    """Who comes along with the registrant of that number."""
    choice = drawn(len(_GIVEN_NAMES), story_key=story_key, kind="guest", index=index, detail="given_name")
    return f"{_GIVEN_NAMES[choice]} {family_name}"


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return letters.lower().replace(" ", "-").replace("'", "")
