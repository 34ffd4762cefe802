"""What people type about plans and subscriptions."""
