"""The 79th congress of the demo: its programme and people, invented, the same bytes every time, and how it is loaded.

Sessions, rooms and speakers are tables in the form that scheduling imports; people register and star as anybody would.
"""
