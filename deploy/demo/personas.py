"""Who a visitor of the demo may be with one click: the people whom the product is made for, at four associations."""

import json

_INSTITUTE, _MANAGERS, _STATE, _ONTARIO = "iimc", "icma", "ilcma", "amcto"

_PERSONAS = (
    ("Helen Okafor", _INSTITUTE, ("administrator", "committee", "registrar"), "conference manager of the institute"),
    ("Tom Becker", _INSTITUTE, ("committee", "programme"), "chair of a host committee"),
    ("Ana Lima", _INSTITUTE, ("finance",), "finance specialist"),
    ("Gloria Stone", _INSTITUTE, ("board",), "region director, member of the board"),
    ("Sam Whitlock", _INSTITUTE, ("programme",), "institute director"),
    ("Kofi Mensah", _INSTITUTE, ("monitor",), "room monitor"),
    ("Grace Kim", _MANAGERS, ("administrator", "registrar"), "assistant at the managers' association"),
    (
        "Walter Hughes",
        _STATE,
        ("administrator", "auditor"),
        "retired manager, looks after the state association's books",
    ),
    ("Marie Tremblay", _ONTARIO, ("administrator", "committee"), "chief administrative officer in Ontario"),
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
