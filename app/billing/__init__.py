"""What is billed again and again: plans, subscriptions and their periods."""
