"""What payments says on the pages that all desks make together: what waits for finance, and which orders, payments and
refunds a search finds."""

from collections.abc import Iterator

from flask import url_for

from services.payments.books import store as books
from services.payments.completing.store import refund_counts
from services.payments.orders.domain.orders import Order
from services.payments.orders.store import CONFERENCES, ORDERS, PAYMENTS, invoices_typed
from services.payments.refunds.domain.refunds import CHEQUE, TRANSFER, RefundState
from services.payments.refunds.store import REFUNDS
from services.payments.runs.store import RUNS
from services.payments.waiting import store
from services.payments.waiting.store import PILE_COUNT_MAX, Pile
from shared.money import in_words
from shared.principals import Action
from shared.states import list_states
from shared.web.current import database
from shared.web.front import FOUND_COUNT_MAX, Desk, Found, Waiting

TENDERS = {
    "card": "Card payment",
    "cheque": "Cheque",
    "transfer": "Bank transfer",
    "grant": "Grant",
    "credit": "Credit",
}


def waiting() -> Iterator[Waiting]:
    """What finance has to do: what is wrong with the books first, then money that waits for a person."""
    yield from _broken()
    yield from _short()
    yield from _piles()
    yield from _refunds()


def _broken() -> Iterator[Waiting]:
    titles = _titles()
    for each in books.broken(database()):
        sentence = f"The books of {titles.get(each.id, each.id or 'the house')} were changed after they were sealed"
        address = url_for("books_desk.show_books", conference=each.id)
        yield Waiting(sentence=sentence, address=address, is_pressing=True)
    if stuck := books.stuck_now(database()):
        sentence = f"{_many(len(stuck), 'thing')} can't go on without help"
        yield Waiting(
            sentence=sentence, address=url_for("desk.show_desk"), since=stuck[0].since.date(), is_pressing=True
        )


def _short() -> Iterator[Waiting]:
    short = [each for each in list_states(database(), RUNS, {}, limit=100) if each.figures.balance_short_minor]
    if short:
        yield Waiting(
            sentence="Refunds wait for money on the card provider's balance",
            address=url_for("runs_desk.show_run", run=short[0].id),
            since=store.short_since(database()),
            is_pressing=True,
        )


def _piles() -> Iterator[Waiting]:
    desk_page = url_for("desk.show_desk")
    kinds: list[tuple[Pile | None, str, str, bool]] = [
        (
            store.open_strays(database()),
            "payment|that fits no order|that fit no order",
            "strays_desk.list_strays",
            True,
        ),
        (
            store.open_outside(database()),
            "refund|made at the card provider and not here|made at the card provider and not here",
            "outside_desk.list_outside",
            True,
        ),
        (store.open_disputes(database()), "dispute|to answer|to answer", "", True),
        (
            store.credits_asked_for(database()),
            "credit|to be paid out|to be paid out",
            "credits_desk.list_credits?state=asked",
            False,
        ),
        (store.cheques_in_hand(database()), "cheque|to deposit|to deposit", "", False),
    ]
    for pile, words, page, is_pressing in kinds:
        if pile:
            noun, one, many = words.split("|")
            sentence = f"{_many(pile.count, noun)} {one if pile.count == 1 else many}"
            endpoint, _, state = page.partition("?state=")
            address = url_for(endpoint, state=state or None) if page else desk_page
            yield Waiting(sentence=sentence, address=address, since=pile.oldest, is_pressing=is_pressing)


def _refunds() -> Iterator[Waiting]:
    ages = store.refund_ages(database())
    for state, rail, words, is_pressing in (
        (RefundState.HELD, "", "to decide about", True),
        (RefundState.AWAITING_RECORD, CHEQUE, "to pay by cheque", False),
        (RefundState.AWAITING_RECORD, TRANSFER, "to pay by bank transfer", False),
    ):
        counts = refund_counts(database(), run=None, states=[state])
        if count := sum(each for (by, _), each in counts.items() if by == rail or not rail):
            yield Waiting(
                sentence=f"{_many(count, 'refund')} {words}",
                address=url_for("refunds_desk.list_refunds", state=state.value, rail=rail or None),
                since=ages.get(f"{rail}_to_pay" if rail else state.value),
                is_pressing=is_pressing,
            )


def orders_named(query: str) -> Iterator[Found]:
    """Orders by their invoice's number, payment reference, purchase order, or their own id."""
    where = {"$or": [{"_id": query}, {"purchase_order.number": query}, *invoices_typed(query)]}
    for each in list_states(database(), ORDERS, where, limit=FOUND_COUNT_MAX + 1):
        yield Found(kind="Order", title=each.number, about=_about(each), address=_page(each.id))


def payments_named(query: str) -> Iterator[Found]:
    """Money that came by the cheque, the transfer or the grant of this number."""
    for each in list_states(database(), PAYMENTS, {"reference": query}, limit=FOUND_COUNT_MAX + 1):
        yield Found(
            kind=TENDERS.get(each.tender, "Payment"),
            title=each.reference,
            about=in_words(each.captured_minor, each.currency),
            address=_page(each.order),
        )


def refunds_named(query: str) -> Iterator[Found]:
    """Refunds that went out by the cheque or the transfer of this number."""
    for each in list_states(database(), REFUNDS, {"reference": query}, limit=FOUND_COUNT_MAX + 1):
        yield Found(
            kind="Refund",
            title=query,
            about=in_words(each.amount_minor, each.currency),
            address=url_for("refunds_desk.show_refund", refund=each.id),
        )


def _about(order: Order) -> str:
    covered = f"purchase order {order.purchase_order.number}" if order.purchase_order else ""
    owed = in_words(order.owed_minor, order.currency)
    sums = f"{in_words(order.total_minor, order.currency)}, {owed} owed" if order.owed_minor else "nothing owed"
    return " · ".join(filter(None, (_titles().get(order.conference, ""), sums, covered)))


def _page(order: str) -> str:
    return url_for("order_desk.show_order", order=order)


def _titles() -> dict[str, str]:
    return {each.id: each.title for each in list_states(database(), CONFERENCES, {}, limit=500)}


def _many(count: int, noun: str) -> str:
    """`A refund`, `12 refunds`, `more than 1,000 refunds`."""
    if count == 1:
        return f"One {noun}"
    return f"More than {PILE_COUNT_MAX:,} {noun}s" if count > PILE_COUNT_MAX else f"{count:,} {noun}s"


DESK = Desk(
    listers=((Action.MOVE_MONEY, waiting),),
    finders=tuple((Action.SEE_MONEY, finder) for finder in (orders_named, payments_named, refunds_named)),
)
