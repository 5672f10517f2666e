"""Browsers of people who are signed in with an account, of whichever association."""

from flask import Flask
from flask.testing import FlaskClient

from shared import statements
from shared.clock import host_now
from shared.parts import assembly_of
from shared.principals import Held, Principal, Role
from shared.settings import Settings


def signed_in(app: Flask, association: str, *roles: Role, conference: str = "") -> FlaskClient:
    """Somebody of this association with these roles, or every role, for all of it or for one conference."""
    return holding(app, association, *(Held(role, conference) for role in roles or Role))


def holding(app: Flask, association: str, *roles: Held) -> FlaskClient:
    """Somebody of this association with just these roles, each for all of it or for one conference."""
    who = Principal(person=f"acc_{association}", name="Vera Vance", association=association, roles=frozenset(roles))
    client = app.test_client()
    statement = statements.Statement(session=f"ses_{association}", principal=who, made_at=host_now())
    client.set_cookie(statements.COOKIE, statements.write(assembly_of(app)[Settings], statement))
    return client
