"""The local card provider: a stand-in that speaks Stripe's REST API to the unmodified `stripe` SDK.

Owns its own records of customers, payments, refunds, balances and events, on its own disk and its own movable clock.
It is a test instrument and a demonstration, never a payment service: no card number is ever asked for or kept.
It lives apart from the product: no service imports it, and it imports nothing of `services` or `shared`.

`python -m deploy.provider` starts it. What can be set, each as an environment variable:

    PROVIDER_HOST, PROVIDER_PORT    where it listens (127.0.0.1, 4010)
    PROVIDER_PUBLIC_URL             how browsers reach it, when that differs
    PROVIDER_DATA                   the folder of its records (var/provider)
    PROVIDER_API_KEY                the one key it accepts; without it, any that begins with sk_test_
    PROVIDER_WEBHOOK_URL, _SECRET   who is told about events, and the secret that signs them
    PROVIDER_WEBHOOK_EVENTS         which types are told, with commas; without it, all
    PROVIDER_LIMITER                on or off: 25 requests a second for each endpoint, 100 in all
    PROVIDER_CAPTURE_SECONDS        how long after a payment its balance line, and with it its fee, is there (1)
    PROVIDER_FUNDS_DELAY_DAYS       when a payment's money can be used for refunds (after 2 days, as at Stripe)

The knobs are JSON under `/_provider/`: `clock`, `faults`, `summary`, `refunds`, `checkout/<id>/pay` and `/bank`
(see `control`).
"""
