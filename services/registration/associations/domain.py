"""What an association says of itself on mails, letters and invoices.

Owns the facts. Leaves to each service what it prints of them.
"""

import base64
import io
from dataclasses import replace
from typing import ClassVar

from shared.associations import Association
from shared.change import Change
from shared.problem import Invalid, NotFound, Refusal

LOGO_SENT_BYTE_COUNT_MAX = 2 * 1024 * 1024
LOGO_BYTE_COUNT_MAX = 24 * 1024  # it travels in an event, and stands in papers and letters
LOGO_SIDE_MAX = 6000  # pixels: what is larger is refused before it is unpacked
LOGO_SIZE = (480, 160)  # what it is made to fit into
# Until it is small enough; of the last, no picture has more bytes than points.
_SMALLER_AND_SMALLER = ((LOGO_SIZE, 0), (LOGO_SIZE, 256), (LOGO_SIZE, 64), ((240, 80), 64))


class LogoUnfit(Invalid):
    """What was sent is no picture that can be a logo."""


class AssociationUnknown(NotFound):
    """Nobody has described this association."""


class DescribedMeanwhile(Refusal):
    """Somebody else has described it since the form was shown."""

    status: ClassVar[int] = 412
    title = "Somebody else was quicker"


def describe(known: Association | None, said: Association) -> Change[Association]:
    """From now on it says this of itself; said again it changes nothing."""
    return Change(said) if known == said else Change(said, (said.said,))


def take_logo(known: Association | None, logo: str) -> Change[Association]:
    """From now on this is its logo; none where it is empty. Raises `LogoUnfit`, `AssociationUnknown`."""
    if known is None or not known.name:
        raise AssociationUnknown("Say first what your association is called, and save that. The logo was not changed.")
    return describe(known, replace(known, logo=logo))


def logo_from(content: bytes) -> str:
    """A picture as it is kept: a small PNG in base64, whatever else the file held is gone. Raises `LogoUnfit`."""
    from PIL import Image, ImageOps

    if not content or len(content) > LOGO_SENT_BYTE_COUNT_MAX:
        raise LogoUnfit("Please choose a PNG or JPEG picture of at most 2 MB. The logo was not changed.")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as sent:
            if max(sent.size) > LOGO_SIDE_MAX:
                raise LogoUnfit(
                    f"This picture is {sent.size[0]} by {sent.size[1]} points; please choose one of at most "
                    f"{LOGO_SIDE_MAX} by {LOGO_SIDE_MAX}. The logo was not changed."
                )
            picture = ImageOps.exif_transpose(sent).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise LogoUnfit(
            "This file can't be read as a PNG or JPEG picture. The logo was not changed; please choose another file."
        ) from None
    kept = b""
    for size, colours in _SMALLER_AND_SMALLER:
        picture.thumbnail(size)
        written = io.BytesIO()
        (picture.quantize(colours) if colours else picture).save(written, "PNG", optimize=True)
        kept = written.getvalue()
        if len(kept) <= LOGO_BYTE_COUNT_MAX:
            break
    return base64.b64encode(kept).decode()
