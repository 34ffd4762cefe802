"""Routes that are open to others than the sweeps believe, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

# Routes that are open to strangers -> why.
PUBLIC: Mapping[str, str] = {
    "api_pages.collection": "describes the API, and nothing of anybody",
    "api_pages.explorer": "describes the API; what it shows of a business comes by a token",
    "api_pages.openapi": "describes the API, and nothing of anybody",
    "auth.accept_invitation": "the invited person may have no account yet",
    "auth.forgot": "who forgot the password cannot sign in",
    "auth.forgot_form": "who forgot the password cannot sign in",
    "auth.invitation_form": "the invited person may have no account yet",
    "auth.login": "this is the door",
    "auth.login_form": "this is the door",
    "auth.logout": "ends whatever session there is, also one that is over already",
    "auth.reset": "opened by the mailed secret",
    "auth.reset_form": "opened by the mailed secret",
    "auth.sign_up": "this is the door",
    "auth.sign_up_form": "this is the door",
    "auth.verify": "opened by the mailed secret",
    "auth.verify_form": "opened by the mailed secret",
    "auth_api.sign_in": "this is the door",
    "demo_checkout.choose": "plays the bank's computer; not in production",
    "demo_checkout.dispute": "plays the bank's computer; not in production",
    "demo_checkout.show": "plays the bank's computer; not in production",
    "health.detailed": "asks for METRICS_TOKEN itself; without one it answers this machine only",
    "health.figures": "asks for METRICS_TOKEN itself; without one it answers this machine only",
    "health.index": "a probe",
    "health.live": "a probe",
    "health.ready": "a probe",
    "messages.file": "opened by a signed link that the provider fetches",
    "messages.twilio": "Twilio signs what it sends",
    "mailbox.attachment": "development's own mail, not in production",
    "mailbox.html": "development's own mail, not in production",
    "mailbox.index": "development's own mail, not in production",
    "mailbox.message": "development's own mail, not in production",
    "mailbox.raw": "development's own mail, not in production",
    "payments.webhook": "gateways sign what they send",
    "portal.attempt": "opened by the customer's link",
    "portal.remove_card": "opened by the customer's link",
    "portal.remove_card_form": "opened by the customer's link",
    "portal.remove_own_card": "opened by the customer's link",
    "portal.remove_own_card_form": "opened by the customer's link",
    "portal.callback": "customers come back from the gateway; opened by a reference nobody can guess",
    "portal.invoice": "opened by the customer's link",
    "portal.logo": "opened by the customer's link",
    "portal.pay": "opened by the customer's link",
    "portal.pay_form": "opened by the customer's link",
    "portal.pdf": "opened by the customer's link",
    "portal.credit_note": "opened by the customer's link",
    "portal.receipt": "opened by the customer's link",
    "portal.statement": "opened by the customer's link",
    "portal.statement_logo": "opened by the customer's link",
    "portal.statement_pdf": "opened by the customer's link",
    "portal.stop": "opened by the customer's link",
    "portal.stop_form": "opened by the customer's link",
    "portal.promise_form": "opened by the customer's link",
    "portal.promise_to_pay": "opened by the customer's link",
    "portal.remind_again": "opened by the customer's link",
    "portal.status": "opened by the customer's link",
    "static": "files without secrets",
    "styleguide.index": "shows parts of pages and nothing of anybody; not in production",
}

# Mutating routes without our CSRF token -> what stands in its place.
WITHOUT_CSRF: Mapping[str, str] = {
    "demo_checkout.choose": "a nonce of the pretended bank",
    "demo_checkout.dispute": "a nonce of the pretended bank",
    "messages.twilio": "Twilio's signature",
    "payments.webhook": "the gateway's signature",
    "portal.stop": "the secret in the link; mail programs post it by themselves (RFC 8058)",
}

# Mutating routes that a viewer, or anybody who is signed in, may use -> why.
VIEWER_MAY: Mapping[str, str] = {
    "auth.change_password": "one's own account",
    "auth.change_profile": "one's own account",
    "auth.create_business": "one's own account",
    "auth.end_other_sessions": "one's own account",
    "auth.end_session": "one's own account",
    "auth.make_api_token": "one's own account, and a token may no more than oneself",
    "auth.remove_member": "everybody may leave; taking out others is refused by the service",
    "auth.resend_verification": "one's own account",
    "auth.revoke_api_token": "one's own account; taking back others' is refused by the service",
    "auth.switch": "one's own account",
    "auth_api.sign_out": "ends one's own token",
    "business_api.remove_member": "everybody may leave; taking out others is refused by the service",
}

# Operations of the API that need no scope -> why.
SCOPELESS: Mapping[str, str] = {
    "auth_api.sign_out": "ends the very token that asks",
    "auth_api.who_am_i": "tells of nothing but the token that asks",
}

# Routes below /api/ that are no operation of the document -> why.
NO_OPERATION: Mapping[str, str] = {
    "api_pages.collection": "it is the document",
    "api_pages.explorer": "a page that shows the document",
    "api_pages.openapi": "it is the document",
}
