"""Messages to customers and people: what is sent, by which channel, and what became of it."""
