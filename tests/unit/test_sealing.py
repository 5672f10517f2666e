"""Contact data in an event are read with the key of whose they are, and by nobody else."""

import msgspec
import pytest

from shared.contracts.envelope import ERASED, declared_events, encode, opened
from shared.contracts.registration import (
    AddressChangeAsked,
    AssociationDescribed,
    ContactChanged,
    PayerIntroduced,
    PersonRegistered,
)
from shared.contracts.scheduling import SpeakerIntroduced
from shared.sealing import NotOpened, new_key, seal, unseal

REGISTERED = PersonRegistered(
    person="per_1", name="Zoë Quill", email="zoe.quill@town.example", postal_address=("7 Larch Lane",), language="fr"
)
KEY = new_key()


def test_whoever_has_the_key_reads_what_was_said() -> None:
    data = encode(REGISTERED, key=KEY)

    assert opened(msgspec.json.decode(data, type=PersonRegistered), data, {"per_1": KEY}.get) == REGISTERED


def test_without_the_key_it_is_the_event_of_somebody_who_was_erased() -> None:
    data = encode(REGISTERED, key=KEY)

    read = msgspec.json.decode(data, type=PersonRegistered)

    assert (read.person, read.name, read.email, read.postal_address) == ("per_1", ERASED, None, ())
    assert not any(word in data for word in ("Zoë".encode(), b"Quill", b"zoe.quill", b"Larch"))
    assert opened(read, data, lambda _: None) == read


def test_another_persons_key_opens_nothing() -> None:
    data = encode(REGISTERED, key=KEY)

    with pytest.raises(NotOpened):
        opened(msgspec.json.decode(data, type=PersonRegistered), data, lambda _: new_key())


def test_what_is_sealed_for_one_person_says_nothing_of_another() -> None:
    stolen = encode(REGISTERED, key=KEY).replace(b"per_1", b"per_2")

    with pytest.raises(NotOpened):
        opened(msgspec.json.decode(stolen, type=PersonRegistered), stolen, lambda _: KEY)


def test_the_same_facts_never_look_the_same() -> None:
    assert encode(REGISTERED, key=KEY) != encode(REGISTERED, key=KEY)


def test_what_was_said_in_clear_before_is_read_without_a_key() -> None:
    data = encode(REGISTERED)

    assert opened(msgspec.json.decode(data, type=PersonRegistered), data, lambda _: None) == REGISTERED


@pytest.mark.parametrize("torn", [b"", b"x" * 11, b"x" * 12, b"x" * 40])
def test_what_is_not_whole_is_refused(torn: bytes) -> None:
    with pytest.raises(NotOpened):
        unseal(torn, key=KEY, about="per_1")


def test_what_is_sealed_is_whole_again() -> None:
    assert unseal(seal(b"7 Larch Lane", key=KEY, about="a"), key=KEY, about="a") == b"7 Larch Lane"


def test_every_event_with_a_way_to_reach_somebody_seals_it() -> None:
    reaching = {"email", "postal_address", "name_before"}
    carrying = {each for each in declared_events() if reaching & set(each.__dataclass_fields__)}  # type: ignore[attr-defined]
    carrying -= {AssociationDescribed}  # whose address is on every invoice: it is nobody's

    assert carrying == {PersonRegistered, PayerIntroduced, ContactChanged, AddressChangeAsked, SpeakerIntroduced}
    for each in carrying:
        named = {*reaching, "name", "reference"} & set(each.__dataclass_fields__)  # type: ignore[attr-defined]
        assert set(each.personal) == named, each
