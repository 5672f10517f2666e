"""Claims about every documented route of every service: whatever is asked, by whomever, the answer is as documented.

The requests are made from each service's own OpenAPI document, good and bad ones, half of them about something that
exists. They are the same at every run, and each is made once and sent by every role.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, Case, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.settings import SERVICES
from tests.contract.doors import ROLES, Door, as_role

EXAMPLE_COUNT = 8  # of each kind, good and bad, for every operation and role
BOUNDED = settings(
    max_examples=EXAMPLE_COUNT,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.quiet,
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PROBLEM_TYPE = "application/problem+json"

Operation = APIOperation[Any, Any, Any, Any]


@pytest.mark.timeout(900)  # scheduling alone has some fifty routes, each asked dozens of things
@pytest.mark.parametrize("service", SERVICES)
def test_whatever_is_asked_by_whomever_the_answer_is_as_documented(doors: Mapping[str, Door], service: str) -> None:
    door = doors[service]
    schema = schemathesis.openapi.from_wsgi(f"/{service}/openapi.json", door.app)

    faults = [
        f"{operation.label}, {mode.value}: {fault}"
        for operation in _operations(schema)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for fault in _faults(operation, door, mode=mode)
    ]

    assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize("service", SERVICES)
def test_a_question_with_a_misspelt_word_is_refused_and_not_answered_as_another(
    doors: Mapping[str, Door], service: str
) -> None:
    door = doors[service]
    schema = schemathesis.openapi.from_wsgi(f"/{service}/openapi.json", door.app)
    asking = [each for each in _operations(schema) if each.method == "get" and len(each.query)]
    assert asking

    for operation in asking:
        case = operation.Case(path_parameters={each.name: "some" for each in operation.path_parameters})
        case.query = {"limt": "5"}
        role = "finance" if service == "payments" else "committee"
        unknown = [404] if len(operation.path_parameters) else []  # what is asked about may be looked for first
        assert case.call(headers=as_role(role)).status_code in (403, 422, *unknown), operation.label


def _operations(schema: BaseSchema) -> Iterator[Operation]:
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), f"an operation is not documented as it should be: {found}"
        yield found.ok()


def _faults(operation: Operation, door: Door, *, mode: GenerationMode) -> list[str]:
    """What was found wrong with the answers of one operation, each kind of fault once for each role."""
    faults: dict[tuple[str, int], str] = {}

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans(), which=st.integers(0, 9))
    def ask(case: Case[Any], real: bool, which: int) -> None:
        if real:
            _make_real(case, door, which=which)
        for role in ROLES:
            response = case.call(headers=as_role(role))
            try:
                case.validate_response(response, checks=[*CHECKS, *([] if real else [negative_data_rejection])])
                _must_be_a_problem(response)
            except (FailureGroup, AssertionError) as fault:
                faults.setdefault((role, response.status_code), f"{role}: {_shown(fault)}\n{response.text[:500]}")

    try:
        ask()
    except Unsatisfiable:  # nothing about this operation can be asked in a wrong way
        assert mode is GenerationMode.NEGATIVE
    return list(faults.values())


def _make_real(case: Case[Any], door: Door, *, which: int) -> None:
    """Let the request be about something that exists."""
    for asked in (case.path_parameters, case.query):
        for name in asked or ():
            if name in door.known:
                asked[name] = door.known[name][which % len(door.known[name])]


def _must_be_a_problem(response: Response) -> None:
    """A refusal is a problem document in words."""
    if response.status_code < 400:
        return
    assert response.headers["content-type"] == [PROBLEM_TYPE], response.headers
    problem = response.json()
    assert problem["status"] == response.status_code
    assert {"type", "title", "detail"} <= problem.keys()


def _shown(fault: BaseException) -> str:
    if isinstance(fault, FailureGroup):
        return "; ".join(str(each) for each in fault.exceptions)
    return str(fault)
