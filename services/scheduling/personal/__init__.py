"""Personal links of scheduling: to one's agenda, to one's page as a speaker, to the room monitors' page.

Each ends a while after its conference; who has one may have another sent to the address known. The monitors' link is
given by the committee, and so is another one.
"""
