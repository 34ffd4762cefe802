"""Real servers, databases and browsers for the tests; `tests/conftest.py` loads these modules as pytest plugins."""
