"""What a view works with is asked for by type, and whoever acts has a scope of their own."""

import pytest
from flask import Flask

from shared.parts import Assembly, assembly_of, current
from shared.web.current import Principal

pytestmark = pytest.mark.unit


class Kettle:
    """Something that a service has."""


class Teapot(Kettle):
    """Another one."""


def test_what_is_attached_later_is_found_beside_what_was_there() -> None:
    app, kettle, teapot = Flask("tea"), Kettle(), Teapot()

    first = Assembly(kettle)
    first.attach(app)
    Assembly(teapot).attach(app)
    with app.app_context():
        found = current(Kettle), current(Teapot)

    assert found == (kettle, teapot)
    assert assembly_of(app)[Kettle] is first[Kettle]


def test_what_nobody_registered_is_not_found() -> None:
    app = Flask("tea")
    Assembly().attach(app)

    with app.app_context(), pytest.raises(KeyError):
        current(Kettle)


def test_two_who_act_have_two_scopes() -> None:
    desks = [Principal(roles=frozenset({role})) for role in ("committee", "finance")]
    people = [Principal(person=person, association="iimc", roles=frozenset({"finance"})) for person in ("ana", "tom")]

    assert len({each.scope for each in (*desks, *people, Principal())}) == 5


def test_a_principal_is_named_by_its_roles() -> None:
    assert Principal(roles=frozenset({"committee"})).words == "the committee"
    assert Principal(roles=frozenset({"finance", "auditor"})).words == "the auditor and finance"
