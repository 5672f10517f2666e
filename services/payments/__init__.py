"""Owns the money: orders and invoices, payments of every tender, refunds, credits, donations, the ledger.

Tells what is owed, what came in and where every cent went, and when a cancelled conference's money is settled.
Listens to registrations being submitted, cancelled and settled, and to conferences being announced.
"""
