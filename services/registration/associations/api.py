"""What an association says of itself, over HTTP."""

from typing import Any

from flask import Response, jsonify, request

from services.registration.associations import schemas
from services.registration.associations.commands import describe_association, take_logo
from services.registration.associations.domain import LOGO_SENT_BYTE_COUNT_MAX, AssociationUnknown, logo_from
from services.registration.associations.store import association_with_version
from shared.auth import desk
from shared.principals import Action
from shared.problem import NotFound
from shared.web.current import database
from shared.web.documented import SIGNED_IN, Blueprint, documented

blueprint = Blueprint(
    "associations",
    __name__,
    url_prefix="/registration/associations",
    description="What stands on the mails, letters and invoices of an association.",
)


@blueprint.route("/<association>")
@desk(Action.DESCRIBE_ASSOCIATION)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.AssociationAnswer)
def get_association(association: str) -> Response:
    """What an association says of itself."""
    found = association_with_version(database(), association)
    if found is None:
        raise AssociationUnknown("Nobody has said yet what this association is called.")
    return jsonify(schemas.association_json(found[0]))


@blueprint.route("/<association>", methods=["PUT"])
@desk(Action.DESCRIBE_ASSOCIATION)
@documented(401, 403, 404, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.AssociationShape)
@blueprint.response(200, schemas.AssociationAnswer)
def put_association(asked: dict[str, Any], association: str) -> Response:
    """Say what an association is called, where it is, and where its money goes. Said again it changes nothing."""
    if not is_id(association):
        raise NotFound("An association's id has up to 32 small letters, digits and hyphens. Nothing was changed.")
    said = schemas.association_of(association, asked)
    return jsonify(schemas.association_json(database().run(describe_association, said=said)))


@blueprint.route("/<association>/logo", methods=["PUT"])
@desk(Action.DESCRIBE_ASSOCIATION)
@documented(401, 403, 404, 422, 503)
@blueprint.doc(
    **SIGNED_IN,
    requestBody={
        "required": True,
        "content": {each: {"schema": {"type": "string", "format": "binary"}} for each in ("image/png", "image/jpeg")},
    },
)
@blueprint.response(204)
def put_logo(association: str) -> None:
    """Let this picture, a PNG or JPEG of at most 2 MB, be its logo; it is made small. Sent again it changes nothing."""
    request.max_content_length = LOGO_SENT_BYTE_COUNT_MAX
    database().run(take_logo, association=association, logo=logo_from(request.get_data()))


@blueprint.route("/<association>/logo", methods=["DELETE"])
@desk(Action.DESCRIBE_ASSOCIATION)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(204)
def delete_logo(association: str) -> None:
    """Have no logo from now on."""
    database().run(take_logo, association=association, logo="")


def is_id(text: str) -> bool:
    """Whether this may be the id of an association."""
    return 0 < len(text) <= 32 and text.isascii() and text.replace("-", "").isalnum() and text == text.lower()
