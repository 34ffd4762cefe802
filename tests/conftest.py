"""What every test can ask for. The fixtures are in `tests/support/`, one module for each kind of thing."""

import gc

from hypothesis import settings

# How long an example takes is no promise of a test: a busy machine is no counterexample.
settings.register_profile("duely", deadline=None)
settings.load_profile("duely")

# Looking for circles every 700 objects takes a quarter of the run: each test makes and drops a whole application.
gc.set_threshold(200_000, 10, 5)

pytest_plugins = [
    "tests.support.run_folder",
    "tests.support.postgres",
    "tests.support.redis_server",
    "tests.support.databases",
    "tests.support.application",
    "tests.support.browser",
    "tests.support.live",
    "tests.support.not_run",
]
