"""Owns customers: who pays, as far as the provider is told."""

from deploy.provider.endpoints import CREATED, endpoint, list_endpoint, require
from deploy.provider.errors import no_such
from deploy.provider.objects.events import tell
from deploy.provider.parameters import Metadata, Table, Text, merge_metadata
from deploy.provider.store import Body, id_for
from deploy.provider.work import Work

_WORDS: Table = {
    "description": Text(),
    "email": Text(length_max=512),
    "name": Text(length_max=256),
    "phone": Text(length_max=20),
}

list_endpoint("/v1/customers", "customer", email=Text(), created=CREATED)


@endpoint("POST", "/v1/customers", **_WORDS, metadata=Metadata())
def create_customer(work: Work, values: Body) -> Body:
    customer = {
        "id": id_for("customer"),
        "object": "customer",
        "balance": 0,
        "created": work.now,
        "currency": None,
        "livemode": False,
        "metadata": merge_metadata({}, values.get("metadata")),
    } | {name: values.get(name) for name in _WORDS}
    work.records.add(customer)
    tell(work, "customer.created", customer)
    return customer


@endpoint("GET", "/v1/customers/<object_id>")
def retrieve_customer(work: Work, _values: Body, *, object_id: str) -> Body:
    """One who was deleted is still named, with nothing known about them."""
    customer = require(work, "customer", object_id)
    return _gone(object_id) if customer.get("deleted") else customer


@endpoint("POST", "/v1/customers/<object_id>", **_WORDS, metadata=Metadata())
def update_customer(work: Work, values: Body, *, object_id: str) -> Body:
    customer = require_customer(work, object_id, param="id")
    if "metadata" in values:
        values["metadata"] = merge_metadata(customer["metadata"], values["metadata"])
    previous = {name: customer[name] for name in values}
    customer |= values
    work.records.put(customer)
    tell(work, "customer.updated", customer, previous=previous)
    return customer


@endpoint("DELETE", "/v1/customers/<object_id>")
def delete_customer(work: Work, _values: Body, *, object_id: str) -> Body:
    """What was known about the person is erased; payments keep the id."""
    customer = require_customer(work, object_id, param="id")
    work.records.put(_gone(object_id) | {"created": customer["created"]})
    tell(work, "customer.deleted", _gone(object_id))
    return _gone(object_id)


def require_customer(work: Work, customer_id: str, *, param: str = "customer") -> Body:
    """A customer who has not been deleted."""
    customer = require(work, "customer", customer_id, param=param)
    if customer.get("deleted"):
        raise no_such("customer", customer_id, param=param, status=404 if param == "id" else 400)
    return customer


def _gone(customer_id: str) -> Body:
    return {"id": customer_id, "object": "customer", "deleted": True}
