"""Registration: who attends which conference, at what price, and what they want done with the money if it is cancelled.

It owns people and the corrections of their names and addresses, fee tables with their options and refund terms,
invitations to prices that are given, registrations with their guests and options, the places of each option and how
long unpaid ones are held, the gates, the end of all registrations of a cancelled conference, and of all options of a
cancelled session. It tells who is known and what was corrected about them, who may attend, whose registration or option
has ended and what they chose. It listens to scheduling for conferences and cancelled sessions, and to payments for what
was paid and is offered back.
"""
