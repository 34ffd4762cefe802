"""Changing people, sessions, businesses, members and links."""
