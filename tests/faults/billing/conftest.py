"""Billing runs that race and die in a database of their own, which a twin may rob of its guards."""

from tests.integration.races.conftest import app, config, database_url, drop_index

__all__ = ["app", "config", "database_url", "drop_index"]
