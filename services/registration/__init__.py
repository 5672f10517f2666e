"""Registration: who attends which conference, at what price, and what they want done with the money if it is cancelled.

It owns people, fee tables with their refund terms, registrations with their guests, the gates, and the end of all
registrations of a cancelled conference. It tells who is known, who may attend, whose registration has ended and what
they chose. It listens to scheduling for the conferences, and to payments for what was paid and what is offered back.
"""
