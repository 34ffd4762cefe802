"""The companies that move money, each behind the same small protocol (`base.Gateway`)."""
