"""The door for the card provider's webhooks."""

from flask import Response, jsonify, request

from services.payments.listening.commands import keep_provider_events
from services.payments.provider.domain.events import FOLLOWED_EVENTS
from services.payments.provider.jobs.gateway import Gateway
from services.payments.refunds.domain.outside import is_echo
from services.payments.refunds.store import REFUNDS
from shared.clock import host_now
from shared.parts import current
from shared.states import read
from shared.web.current import database
from shared.web.documented import Blueprint, documented

blueprint = Blueprint("webhooks", __name__, url_prefix="/payments", description="The card provider's word.")


@blueprint.route("/webhooks/stripe", methods=["POST"])
@documented(400, 503)
@blueprint.response(200)
def take_webhook() -> Response:
    """The card provider says that something happened: it is kept, and looked at right afterwards."""
    gateway = current(Gateway)
    event = gateway.verify(request.get_data(), request.headers.get("Stripe-Signature", ""), now=host_now().timestamp())
    asked = read(database(), REFUNDS, event.refund) if event.refund else None
    if event.type in FOLLOWED_EVENTS and not is_echo(event, asked):
        database().run(keep_provider_events, events=[event])
    return jsonify({"received": event.id})
