"""Claims about the pages behind signed links, of all services: nothing of them is stored on the way."""

from collections.abc import Mapping

import pytest

from shared.settings import SERVICES
from tests.contract.doors import Door

HTML = {"Accept": "text/html"}
FEED = "scheduling/feeds"  # a calendar program may keep it; it can be revoked


@pytest.mark.parametrize("service", [each for each in SERVICES if each != "notifications"])
def test_no_page_behind_a_personal_link_is_stored_anywhere(doors: Mapping[str, Door], service: str) -> None:
    door, seen_count = doors[service], 0
    rules = [
        each
        for each in door.app.url_map.iter_rules()
        if "token" in each.arguments and "GET" in (each.methods or ()) and FEED not in each.rule
    ]
    client = door.app.test_client()

    for rule in rules:
        for token in (*door.tokens.values(), "nothing"):
            path = rule.rule.replace("<token>", token).replace("<session>", "x").replace("<product>", "x")
            response = client.get(path, headers=HTML)
            assert response.headers.get("Cache-Control") == "no-store", (rule.rule, response.status_code)
            seen_count += response.status_code == 200

    assert rules
    assert seen_count >= len(door.tokens)
