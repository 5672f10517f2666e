"""Owns top-ups: money the association adds to its own balance so that refunds can go out."""

from deploy.provider.currencies import check_amount, check_currency
from deploy.provider.endpoints import CREATED, endpoint, list_endpoint, retrieve_endpoint
from deploy.provider.objects import balance
from deploy.provider.objects.events import tell
from deploy.provider.parameters import Integer, Metadata, Text, merge_metadata
from deploy.provider.store import Body, id_for
from deploy.provider.work import Work

_AMOUNT_MAX = 100_000_000_000

retrieve_endpoint("/v1/topups/<object_id>", "topup")
list_endpoint("/v1/topups", "topup", status=Text(), created=CREATED)


@endpoint(
    "POST",
    "/v1/topups",
    amount=Integer(required=True, minimum=1, maximum=_AMOUNT_MAX),
    currency=Text(required=True),
    description=Text(),
    metadata=Metadata(),
    statement_descriptor=Text(length_max=15),
)
def create_topup(work: Work, values: Body) -> Body:
    """The money can be used at once, and refunds that waited for it go on."""
    currency = check_currency(values["currency"])
    check_amount(values["amount"], currency)
    topup = {
        "id": id_for("topup"),
        "object": "topup",
        "amount": values["amount"],
        "balance_transaction": None,
        "created": work.now,
        "currency": currency,
        "description": values.get("description"),
        "expected_availability_date": work.now,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merge_metadata({}, values.get("metadata")),
        "statement_descriptor": values.get("statement_descriptor"),
        "status": "succeeded",
    }
    line = balance.post(work, "topup", amount=topup["amount"], currency=currency, source=topup["id"])
    topup["balance_transaction"] = line["id"]
    work.records.add(topup)
    tell(work, "topup.created", topup)
    tell(work, "topup.succeeded", topup)
    return topup
