"""The local card provider: a stand-in that speaks Stripe's REST API to the unmodified `stripe` SDK.

Owns its own records of customers, payments, refunds, balances and events, on its own disk and its own movable clock.
It is a test instrument and a demonstration, never a payment service: no card number is ever asked for or kept.
It lives apart from the product: no service imports it, and it imports nothing of `services` or `shared`.
"""
