"""Who a visitor of the demo may be with one click: the people whom the product is made for, at four associations."""

import json

from deploy.demo.associations import INSTITUTE, MANAGERS, ONTARIO, STATE

_PERSONAS = (
    ("Helen Okafor", INSTITUTE, ("administrator", "committee", "registrar"), "conference manager of the institute"),
    ("Tom Becker", INSTITUTE, ("committee", "programme"), "chair of a host committee"),
    ("Ana Lima", INSTITUTE, ("finance",), "finance specialist"),
    ("Gloria Stone", INSTITUTE, ("board",), "region director, member of the board"),
    ("Sam Whitlock", INSTITUTE, ("programme",), "institute director"),
    ("Kofi Mensah", INSTITUTE, ("monitor",), "room monitor"),
    ("Grace Kim", MANAGERS, ("administrator", "registrar"), "assistant at the managers' association"),
    (
        "Walter Hughes",
        STATE,
        ("administrator", "auditor"),
        "retired manager, looks after the state association's books",
    ),
    ("Marie Tremblay", ONTARIO, ("administrator", "committee"), "chief administrative officer in Ontario"),
)


def personas() -> str:
    """The personas as registration is told of them: a JSON list."""
    return json.dumps(
        [
            {
                "mail": f"{name.split()[0].lower()}@{association}.example",
                "name": name,
                "association": association,
                "roles": roles,
                "words": words,
            }
            for name, association, roles, words in _PERSONAS
        ]
    )
