"""The room monitor's two doors for its phone: the list that it keeps, and the scans that it sends.

The signed link is the right to use them. A scan's own id, made on the device, makes sending it again safe, so no
Idempotency-Key is asked for.
"""

from typing import Any

from flask import Response, jsonify

from services.scheduling.attendance import commands, schemas
from services.scheduling.attendance.commands import receive
from services.scheduling.attendance.domain import badges
from services.scheduling.attendance.domain.attendance import attendee_id
from services.scheduling.attendance.schemas import listed
from services.scheduling.attendance.store import attendance as store
from services.scheduling.attendance.store.door import NothingReleased, programme_at_the_doors, seated
from services.scheduling.conferences.pages.personal_links import MONITOR, opened_link
from services.scheduling.conferences.store import zone_of
from services.scheduling.releases.domain.releases import Release
from services.scheduling.releases.store.releases import latest
from shared.auth import desk, sign
from shared.principals import Action
from shared.web.current import database, settings
from shared.web.documented import SIGNED_IN, Blueprint, documented

blueprint = Blueprint(
    "attendance_api", __name__, url_prefix="/scheduling/monitor", description="Scans of badges at the rooms' doors."
)


@blueprint.route("/<token>/list")
@documented(404, 410, 422, 503)
@blueprint.response(200, schemas.ListAnswer)
def get_list(token: str) -> Response:
    """What a phone keeps to work without network: hashed badge codes, and the sessions with their rooms."""
    release = programme_at_the_doors(database(), opened_link(MONITOR, token))
    key, conference = settings().secret_key, release.conference
    hashes = {
        badges.hash_of(conference, badges.code_of(key, each.id)): int(each.is_order_open)
        for each in store.attendees(database(), conference)
    }
    digest = badges.digest_of_list(hashes)
    zone = zone_of(database(), conference)
    holders = {
        session: sorted(
            badges.hash_of(conference, badges.code_of(key, attendee_id(conference, each))) for each in persons
        )
        for session, persons in seated(database(), release.entries).items()
    }
    answer = {
        "conference": conference,
        "zone": zone,
        "release": release.number,
        "server_now": database().clock.now().isoformat(),
        "badges": hashes,
        "digest": digest,
        "signature": sign(settings(), purpose="monitor list", id_=f"{conference}:{release.number}:{digest}"),
        "sessions": [
            {**listed(each, zone), "is_booked": bool(each.product), "holders": holders.get(each.session)}
            for each in release.entries
        ],
    }
    response = jsonify(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/<token>/scans", methods=["POST"])
@documented(404, 410, 422, 503)
@blueprint.arguments(schemas.ScansRequest)
@blueprint.response(200, schemas.ScansAnswer)
def send_scans(asked: dict[str, Any], token: str) -> Response:
    """Keep a batch of scans. What is answered is kept for good; after no answer, send the same again."""
    release = programme_at_the_doors(database(), opened_link(MONITOR, token))
    received = receive(
        database(),
        release,
        key=settings().secret_key,
        device=asked["device"],
        device_now=asked["device_now"],
        sent=[schemas.sent_scan(each) for each in asked["scans"]],
    )
    return jsonify(_answer(release, received))


def _answer(release: Release, received: commands.Received) -> dict[str, Any]:
    return {
        "received_at": received.received_at.isoformat(),
        "skew_ms": received.skew_ms,
        "release": release.number,
        "scans": [{"id": id_, "fate": fate.value} for id_, fate in received.fates.items()],
    }


desk_blueprint = Blueprint(
    "connections_api", __name__, url_prefix="/scheduling", description="Attendance of those who took part online."
)


@desk_blueprint.route("/conferences/<conference>/connections", methods=["POST"])
@desk(Action.DECIDE_ATTENDANCE)
@documented(401, 403, 404, 422, 503)
@desk_blueprint.doc(**SIGNED_IN)
@desk_blueprint.arguments(schemas.ConnectionsRequest)
@desk_blueprint.response(200, schemas.ScansAnswer)
def record_connections(asked: dict[str, Any], conference: str) -> Response:
    """Count connection times as presence. The same connection sent again is stored once, so it needs no key."""
    release = latest(database(), conference)
    if release is None:
        raise NothingReleased("No programme is published for this conference yet. Nothing was kept.")
    sent = [
        each for connection in asked["connections"] for each in schemas.sent_connection(asked["source"], connection)
    ]
    received = receive(
        database(),
        release,
        key=settings().secret_key,
        device=asked["source"],
        device_now=None,
        sent=sent,
        is_online=True,
    )
    return jsonify(_answer(release, received))
