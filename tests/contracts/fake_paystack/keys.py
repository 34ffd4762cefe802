"""Secret keys that open the fake's accounts."""

TEST_KEY = "sk_test_0123456789abcdef0123456789abcdef01234567"
OTHER_TEST_KEY = "sk_test_fedcba9876543210fedcba9876543210fedcba98"
LIVE_KEY = "sk_live_0123456789abcdef0123456789abcdef01234567"


def mode(key: str) -> str:
    """Paystack's word for the mode of a key."""
    return "live" if key.startswith("sk_live_") else "test"
