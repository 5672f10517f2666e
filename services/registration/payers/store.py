"""Where payers are kept, and the orders that were placed."""

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.registration.payers.domain import Order, Payer
from shared.mongo import Collection

ORDERS = Collection("orders", Order)
PAYERS = Collection("payers", Payer, (IndexModel([("identity", ASCENDING)], name="identity", unique=True),))

COLLECTIONS = (ORDERS, PAYERS)
