"""A story is a file that says who registered for a conference, how they paid and what they choose when it is cancelled.

This package reads a story, refuses one that can't be, and turns it into people with names and registrations in order.
What the story implies in money is worked out elsewhere, on purpose: `deploy/acceptance/expectation.py` shares nothing
with it.
"""

from deploy.acceptance.story.form import load_story
from deploy.acceptance.story.model import Choice, Group, Story, StoryRefused, Tender, TenderCounts
from deploy.acceptance.story.people import Payer, Person
from deploy.acceptance.story.plan import PlannedOrder, PlannedRegistration, orders_of, plan

__all__ = [
    "Choice",
    "Group",
    "Payer",
    "Person",
    "PlannedOrder",
    "PlannedRegistration",
    "Story",
    "StoryRefused",
    "Tender",
    "TenderCounts",
    "load_story",
    "orders_of",
    "plan",
]
