"""Events of the topics that this service reads, about which it has nothing to do.

What stands neither here nor at a handler waits, with all that comes after it in the same story: a type that was told
after this version was written must not be passed by, because a later version may need it. A handler that is added for
one of these gets its history by `python -m services.scheduling backfill`.
"""

from shared.contracts.payments import (
    CreditIssued,
    DonationRecorded,
    GrantReleased,
    InvoiceIssued,
    InvoiceReduced,
    InvoiceVoided,
    LeavingWorkedOut,
    OrderGivenUp,
    PayeeNamed,
    PaymentAwaited,
    PaymentFailed,
    PaymentUnderway,
    PurchaseOrderAccepted,
    RefundFailed,
    RefundReversed,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import (
    AccountAddressAsked,
    AccountInvited,
    AddressChangeAsked,
    AssociationDescribed,
    LinkAsked,
    OptionRenamed,
    OrderEnded,
    OrderPlaced,
    PayerIntroduced,
    PaymentTimeEnded,
    SettlementChosen,
    SettlementFixed,
)

UNHEARD = (
    AssociationDescribed,
    AccountAddressAsked,
    AccountInvited,
    OptionRenamed,
    PayerIntroduced,
    OrderEnded,
    OrderPlaced,
    AddressChangeAsked,
    LinkAsked,
    PaymentTimeEnded,
    SettlementChosen,
    SettlementFixed,
    InvoiceIssued,
    InvoiceReduced,
    OrderGivenUp,
    PurchaseOrderAccepted,
    PaymentFailed,
    PaymentUnderway,
    SettlementOffered,
    InvoiceVoided,
    LeavingWorkedOut,
    PayeeNamed,
    PaymentAwaited,
    GrantReleased,
    RefundSettled,
    RefundFailed,
    RefundReversed,
    CreditIssued,
    DonationRecorded,
)
