"""Owns naming the fixtures that several modules of this folder use; each lives in a module of its own."""

from tests.integration.provider_fixtures import own_provider, provider, shared_provider

__all__ = ["own_provider", "provider", "shared_provider"]
