"""Which association is whose: the first of an installation, to which all belongs that says no other.

What was kept or said before there were several, and what belongs to no conference (the account at the card provider),
is the first's.
"""

FIRST = "first"
HOUSE = "-"  # in `Collection.conference`: all that it holds belongs to no conference
