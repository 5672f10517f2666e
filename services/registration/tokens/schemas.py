"""What a script is answered that shows its token."""

from marshmallow import Schema, fields

from shared.statements import LIFETIME


class StatementAnswer(Schema):
    """What is sent with each request from now on, as `Authorization: Bearer STATEMENT`, to whichever service."""

    statement = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    seconds = fields.Integer(
        required=True, metadata={"description": f"How long it holds: {int(LIFETIME.total_seconds())} seconds."}
    )
