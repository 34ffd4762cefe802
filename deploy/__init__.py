"""Commands that run around the application: starting it, and keeping its requirements."""
