"""What a view works with is asked for by type."""

import pytest
from flask import Flask

from shared.parts import Assembly, assembly_of, current

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
