"""Notifications owns how, when and whether a message reaches a person: contacts, messages, deliveries, letters.

It tells that a message reached its carrier (`MessageAccepted`) or came back (`MessageBounced`).
It listens to what the others say about people, conferences, registrations, money and the programme; it decides none of
that. What each person was told of a programme it remembers, to take it out of their calendars again.
"""
