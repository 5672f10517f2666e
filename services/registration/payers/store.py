"""Where payers are kept, and the orders that were placed."""

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.registration.payers.domain import Order, Payer
from shared.collection import Collection
from shared.contracts.envelope import ERASED
from shared.personal import OfOne

ORDERS = Collection("orders", Order)
PAYERS = Collection(
    "payers",
    Payer,
    (IndexModel([("identity", ASCENDING)], name="identity", unique=True),),
    personal=OfOne(
        "_id",
        {
            "identity": lambda document: f"erased {document['_id']}",
            "bill_to.name": ERASED,
            "bill_to.email": None,
            "bill_to.postal_address": [],
            "bill_to.reference": "",
            "is_erased": True,
        },
    ),
)

COLLECTIONS = (ORDERS, PAYERS)
