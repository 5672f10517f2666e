"""What an association may be asked: to say something else of itself."""

from dataclasses import replace

from services.registration.associations import domain
from services.registration.associations.domain import DescribedMeanwhile
from shared.associations import Association
from shared.contracts.flow import command
from shared.contracts.registration import AssociationDescribed
from shared.described import ASSOCIATIONS
from shared.unit import Unit


@command(emits=[AssociationDescribed])
def describe_association(unit: Unit, *, said: Association, seen: int | None = None) -> Association:
    """Keep what an association says of itself, beside its logo.

    `seen` is the version that the editor saw, None for whatever is there. Raises `DescribedMeanwhile`.
    """
    known = unit.load(ASSOCIATIONS, said.id)
    said = replace(said, logo=known.logo if known else "")
    change = domain.describe(known, said)
    if known == said:
        return said
    if seen not in (None, unit.version_of(ASSOCIATIONS, said.id)):
        raise DescribedMeanwhile(
            "Somebody else has changed what your association says of itself since you opened this page. Nothing of "
            "yours was saved. Open it anew, then make your changes to that."
        )
    return unit.save(ASSOCIATIONS, change)


@command(emits=[AssociationDescribed])
def take_logo(unit: Unit, *, association: str, logo: str) -> Association:
    """Let this picture be its logo, a PNG in base64; none where it is empty. Said again it changes nothing."""
    return unit.save(ASSOCIATIONS, domain.take_logo(unit.load(ASSOCIATIONS, association), logo))
