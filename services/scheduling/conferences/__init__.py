"""Conferences: days, city, zone and currency, from a draft to an announced conference that takes registrations."""
