"""The background work of a business as its people see it: what waits, what runs, what gave up."""
