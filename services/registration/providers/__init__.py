"""The sign-in of an association's own provider (OpenID Connect): asked who somebody is, and believed once verified."""
