"""What programs do about themselves and the business: tokens, members, settings, the audit trail, words of messages."""

from app.web.api import rooms_api

blueprint = rooms_api("auth", "/api/auth", "Signing in")
business = rooms_api("business", "/api", "Business")

# Each module adds its operations to one of the blueprints above.
from app.auth.api import audit, members, settings, signing_in, tokens, wordings  # noqa: E402

__all__ = ["audit", "blueprint", "business", "members", "settings", "signing_in", "tokens", "wordings"]
