"""Where credits and donations are kept: money that a registrant did not want back."""

from services.payments.endings.domain.mechanism import Credit, Donation
from shared.mongo import Collection

CREDITS = Collection("credits", Credit)
DONATIONS = Collection("donations", Donation)


COLLECTIONS = (
    CREDITS,
    DONATIONS,
)
