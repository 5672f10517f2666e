"""The parts of payments, from the ground floor up: a part knows those above it in this list, and none below it."""

from shared.parts import Manifest, Part

MANIFEST = Manifest(
    "payments",
    (
        Part(
            "books", "Accounts, transactions that sum to zero, their seal and its audit: what was booked, and is it so."
        ),
        Part("payers", "Who pays, as they are called now: told by registration, and shown beside what they owe."),
        Part("provider", "The one door to the card provider: calls only, and no more of them than it likes."),
        Part(
            "orders",
            "What a payer owes, line by line: its invoice, a purchase order, the payments towards it, what has ended.",
        ),
        Part("strays", "Money at the card provider that fits nothing of ours, listed until a person has looked at it."),
        Part("runs", "The refund run of one cancelled conference: whose money it is about, and what must disturb it."),
        Part("refunds", "Money on its way back: planned, sent, disputed, by cheque, paid elsewhere, made outside."),
        Part("bank", "The card provider's balance in our books: its lines, its fees, its payouts to the bank."),
        Part("receipts", "Money as it arrives: by card, debit, cheque, transfer or grant, late or twice."),
        Part("credits", "Money that payers keep for later conferences: spent on orders, paid out on request, listed."),
        Part("endings", "What it means for an order that its registration, or an option of it, ends."),
        Part("listening", "The card provider's word: heard at the door or read from its lists, and looked at."),
        Part("completing", "How far a refund run has come, and whether every cent of it is settled."),
        Part("erasing", "Whether money of somebody who is to be erased is still open."),
        Part("previews", "What a decision would do with money, order by order, said before it is taken."),
        Part("waiting", "What waits for finance, and since when."),
        Part("desk", "The finance desk: its front, an order with all that has become of it, a conference's books."),
    ),
)
