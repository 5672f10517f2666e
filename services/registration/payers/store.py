"""Where orders are kept, by whom they were placed."""

from services.registration.payers.domain import Order
from shared.mongo import Collection

ORDERS = Collection("orders", Order)

COLLECTIONS = (ORDERS,)
