"""English. What stands in braces is a name that a fact takes the place of, and stays as it is in a translation.

Those in double braces are listed in `app/messages/kinds.py`.
"""

from __future__ import annotations

from app.messages.wording import Wording

GREETING = "Hello {name}"
GREETING_NOBODY = "Hello"

PHRASES = {
    # An invoice, a reminder of it
    "see_and_pay": "See invoice and pay",
    "see_invoice": "See invoice",
    "see_and_pay_online": "See it and pay online.",
    "pay_by_transfer": "Pay by transfer",
    "or_pay_by_transfer": "Or pay by transfer",
    "pdf_attached": "The PDF is attached.",
    "already_paid": "Already paid? Thank you, nothing else to do.",
    "questions": "Questions? Just reply to this e-mail.",
    "due": "due {day}",
    "was_due": "was due {day}",
    "paid_in_full": "paid in full",
    "discount": "Discount",
    "discount_percent": "Discount {percent}",
    "paid": "Paid",
    "credited": "Credited",
    "amount_due": "Amount due",
    "more_rows": "and {count} more in the PDF",
    "reference": "Reference",
    "tax_number": "Tax number",
    "why_invoices": "You get this because invoices for {client} are sent to this address.",
    "stop_reminders": "Stop reminders",
    "suspended": "suspended on {day}",
    # A receipt
    "paid_on": "paid on {day}, {how}",
    "still_open": "{balance} is still open.",
    "nothing_left": "Nothing is left to pay.",
    "see_and_pay_rest": "See invoice and pay the rest",
    "see_receipt": "See invoice and receipt",
    "rest_open": "{balance} of this invoice is still open.",
    "invoice_paid": "The invoice is paid in full.",
    # How something was paid: standing alone, and behind a comma
    "method_cash": "Cash",
    "method_transfer": "Bank transfer",
    "method_cheque": "Cheque",
    "method_card_terminal": "Card terminal",
    "method_mobile_money": "Mobile money",
    "method_gateway": "Online payment",
    "method_credit": "Credit on account",
    "method_other": "Payment",
    "how_cash": "cash",
    "how_transfer": "bank transfer",
    "how_cheque": "cheque",
    "how_card_terminal": "card terminal",
    "how_mobile_money": "mobile money",
    "how_gateway": "online payment",
    "how_credit": "credit on account",
    "how_other": "payment",
    # A saved card that was not charged
    "card_confirm_subject": "Please confirm the payment of invoice {number}: {amount}",
    "card_failed_subject": "Your card could not be charged for invoice {number}: {amount}",
    "card_confirm": "{greeting}, please confirm the payment of invoice {number}.",
    "card_failed": "{greeting}, your card could not be charged for invoice {number}.",
    "see_and_confirm": "See invoice and confirm",
    "card_confirm_how": "The invoice's page leads on to your bank.",
    "card_failed_how": "On the invoice's page you can pay with another card or in another way.",
    "card": "{brand} ending in {last}",
    "card_paused": "Your bank wants you to confirm this payment. Nothing is charged until you do.",
    "card_declined": "The payment did not go through. Your bank can tell you why.",
    "card_never_asked": "The payment company could not be reached.",
    "card_not_confirmed": "The payment was not confirmed at the bank.",
    "card_refused": "The payment company did not accept this card.",
    "card_unpaid": "The payment did not go through.",
    "why_card": "You get this because you let {business} keep a card to pay its invoices with.",
    # A price that changes
    "price_from": "{cycle}, from {day}",
    "price_until_then": "Until then",
    "see_account": "See your account",
    "price_questions": "What was billed keeps its price. Questions? Just reply to this e-mail.",
    "why_plan": "You get this because {client} pays for it.",
    # A statement of account
    "statement_subject": "Statement from {business}, {period}: {amount} {standing}",
    "statement": "{greeting}, here is your statement for {period}.",
    "see_statement": "See the statement",
    "statement_attached": "The PDF with every invoice and payment is attached.",
    "statement_questions": "Something missing, or paid meanwhile? Just reply to this e-mail.",
    "balance_before": "Balance before {day}",
    "charges": "Charges",
    "payments": "Payments and credits",
    "balance_on": "Balance on {day}",
    "owed_on": "owed on {day}",
    "in_your_favour": "in your favour on {day}",
    "late_all": "all of it overdue",
    "late_part": "{overdue} of it overdue",
    "late_before_credit": "{overdue} overdue before your credit of {credit}",
    "why_documents": "You get this because documents for {client} are sent to this address.",
    # About an account: to confirm an address, a new password, an invitation
    "verify_subject": "Confirm your e-mail address",
    "verify_preview": "One click and you can send invoices. The link works for {span}.",
    "verify": "one click shows us that {email} is yours. After that you can send invoices and invite others.",
    "verify_address": "Confirm address",
    "verify_not_you": (
        "The link works for {span}. You did not sign up? Then nothing happens unless you click; you can delete this "
        "e-mail."
    ),
    "password_once": "The link works once, for {span}.",
    "choose_password": "Choose a new password",
    "password_not_you": "It was not you? Your password stays as it is and nothing else is needed.",
    "join_as": "Join as {role}.",
    "invitation_good": "The invitation is good for {span}.",
    "see_invitation": "See invitation",
    "invitation_unknown": ("You do not know {inviter}? Then ignore this e-mail; nothing happens without your click."),
    "role_viewer": "a viewer",
    "role_staff": "staff",
    "role_admin": "an admin",
    "role_owner": "an owner",
}
"""What the frame of an e-mail says around the words of a message: its button, what is due, why it came."""

WORDINGS = {
    "invoice": Wording(
        subject="Invoice {{number}} from {{business_name}}: {{amount}} {{due}}",
        html="<p>{{greeting}}, here is invoice {{number}}.</p>",
        text="{{greeting}}, here is invoice {{number}}.",
        whatsapp=(
            "{{greeting}}, here is invoice {{number}} from {{business_name}}: *{{amount}}*, {{due}}."
            "\n\nSee the invoice:\n{{link}}"
        ),
        sms="{{business_name}}: invoice {{number}}, {{amount}}, {{due}}. {{link}}",
    ),
    "reminder_before": Wording(
        subject="Invoice {{number}}: {{amount}} due {{due_date}}",
        html="<p>{{greeting}}, just so that it is not forgotten: invoice {{number}} is due in {{days}}.</p>",
        text="{{greeting}}, just so that it is not forgotten: invoice {{number}} is due in {{days}}.",
        whatsapp=(
            "{{greeting}}, just so that it is not forgotten: invoice {{number}} from {{business_name}} over "
            "*{{amount}}* is due in {{days}}, on {{due_date}}.\n\nSee the invoice:\n{{link}}\n\n"
            "Already paid? Thank you, nothing else to do."
        ),
        sms="{{business_name}}: invoice {{number}}, {{amount}}, is due in {{days}}, {{due_date}}. {{link}}",
    ),
    "reminder_due": Wording(
        subject="Due today: invoice {{number}}, {{amount}}",
        html="<p>{{greeting}}, invoice {{number}} is due today.</p>",
        text="{{greeting}}, invoice {{number}} is due today.",
        whatsapp=(
            "{{greeting}}, invoice {{number}} from {{business_name}} over *{{amount}}* is due today."
            "\n\nSee the invoice:\n{{link}}\n\nAlready paid? Thank you, nothing else to do."
        ),
        sms="{{business_name}}: invoice {{number}}, {{amount}}, is due today. {{link}}",
    ),
    "reminder_overdue": Wording(
        subject="Overdue by {{days}}: invoice {{number}}, {{amount}}",
        html=(
            "<p>{{greeting}}, invoice {{number}} was due on {{due_date}}, and {{amount}} is still open.</p>\n"
            "<p>Please pay it in the next few days. If something about it is not right, tell us.</p>"
        ),
        text=(
            "{{greeting}}, invoice {{number}} was due on {{due_date}}, and {{amount}} is still open.\n\n"
            "Please pay it in the next few days. If something about it is not right, tell us."
        ),
        whatsapp=(
            "{{greeting}}, invoice {{number}} from {{business_name}} was due on {{due_date}}, and *{{amount}}* is "
            "still open. Please pay it in the next few days. If something about it is not right, tell us."
            "\n\nSee the invoice:\n{{link}}\n\nAlready paid? Thank you, nothing else to do."
        ),
        sms=(
            "{{business_name}}: invoice {{number}} was due {{due_date}}, {{amount}} is still open. "
            "Please pay it in the next few days. {{link}}"
        ),
    ),
    "reminder_last": Wording(
        subject="Last reminder: invoice {{number}}, {{amount}}",
        html=(
            "<p>{{greeting}}, invoice {{number}} was due on {{due_date}}. That is {{days}} ago, and {{amount}} is "
            "still open.</p>\n"
            "<p>This is the last reminder we send about it. Please pay it now, or tell us today when you can.</p>"
        ),
        text=(
            "{{greeting}}, invoice {{number}} was due on {{due_date}}. That is {{days}} ago, and {{amount}} is "
            "still open.\n\n"
            "This is the last reminder we send about it. Please pay it now, or tell us today when you can."
        ),
        whatsapp=(
            "{{greeting}}, invoice {{number}} from {{business_name}} was due on {{due_date}}. That is {{days}} ago, "
            "and *{{amount}}* is still open. This is the last reminder we send about it. Please pay it now, or tell us "
            "today when you can.\n\nSee the invoice:\n{{link}}\n\nAlready paid? Thank you, nothing else to do."
        ),
        sms=(
            "{{business_name}}: last reminder. Invoice {{number}} was due {{due_date}}, {{amount}} is still open. "
            "Please pay it now, or tell us when you can. {{link}}"
        ),
    ),
    "receipt": Wording(
        subject="Thank you: {{amount}} received for invoice {{number}}",
        html="<p>{{greeting}}, thank you. Your payment for invoice {{number}} has arrived.</p>",
        text="{{greeting}}, thank you. Your payment for invoice {{number}} has arrived.",
        whatsapp=(
            "{{greeting}}, thank you. Your payment of *{{amount}}* to {{business_name}} for invoice {{number}} has "
            "arrived. Left to pay: {{balance}}.\n\nSee the invoice and the receipt:\n{{link}}"
        ),
        sms=(
            "{{business_name}}: thank you, {{amount}} for invoice {{number}} has arrived. "
            "Left to pay: {{balance}}. {{link}}"
        ),
    ),
    "price_change": Wording(
        subject="{{plan}}: {{new_price}} from {{since}}",
        html=(
            "<p>{{greeting}}, the price of {{plan}} changes on {{since}}.</p>\n"
            "<p>It costs {{old_price}} {{cycle}} now, and {{new_price}} {{cycle}} from then on. There is nothing you "
            "have to do.</p>"
        ),
        text=(
            "{{greeting}}, the price of {{plan}} changes on {{since}}.\n\n"
            "It costs {{old_price}} {{cycle}} now, and {{new_price}} {{cycle}} from then on. There is nothing you "
            "have to do."
        ),
        whatsapp=(
            "{{greeting}}, the price of {{plan}} from {{business_name}} changes on {{since}}: *{{new_price}}* "
            "{{cycle}} instead of {{old_price}}. There is nothing you have to do.\n\nYour account:\n{{link}}"
        ),
        sms=(
            "{{business_name}}: {{plan}} costs {{new_price}} {{cycle}} from {{since}}, {{old_price}} until then. "
            "{{link}}"
        ),
    ),
    "suspension_warning": Wording(
        subject="{{service}} will be suspended on {{suspend_on}}: invoice {{number}} is still open",
        html=(
            "<p>{{greeting}}, invoice {{number}} was due on {{due_date}}, and {{amount}} is still open.</p>\n"
            "<p>Unless it is paid before, {{service}} will be suspended on {{suspend_on}}. Pay it, and everything "
            "stays as it is.</p>"
        ),
        text=(
            "{{greeting}}, invoice {{number}} was due on {{due_date}}, and {{amount}} is still open.\n\n"
            "Unless it is paid before, {{service}} will be suspended on {{suspend_on}}. Pay it, and everything stays "
            "as it is."
        ),
        whatsapp=(
            "{{greeting}}, invoice {{number}} from {{business_name}} was due on {{due_date}}, and *{{amount}}* is "
            "still open. Unless it is paid before, {{service}} will be suspended on {{suspend_on}}. Pay it, and "
            "everything stays as it is.\n\nSee the invoice:\n{{link}}\n\nAlready paid? Thank you, nothing else to do."
        ),
        sms=(
            "{{business_name}}: invoice {{number}}, {{amount}}, is still open. Unless it is paid before, {{service}} "
            "will be suspended on {{suspend_on}}. {{link}}"
        ),
    ),
    "password_reset": Wording(
        subject="Choose a new password",
        html=("<h1>Choose a new password</h1>\n<p>{{greeting}}, somebody asked for a new password for {{email}}.</p>"),
        text="{{greeting}},\n\nsomebody asked for a new password for {{email}}.",
        whatsapp=(
            "{{greeting}}, somebody asked for a new password for {{email}}. Choose it here within {{lasts}}:\n{{link}}"
            "\n\nIt was not you? Your password stays as it is."
        ),
        sms="Choose a new password for {{email}} within {{lasts}}: {{link}} Not you? Your password stays as it is.",
    ),
    "invitation": Wording(
        subject="{{inviter_name}} invites you to {{business_name}}",
        html=(
            "<h1>Join {{business_name}}</h1>\n"
            "<p>{{inviter_name}} invites you to work in the invoices of {{business_name}} as {{role}}.</p>"
        ),
        text="{{inviter_name}} invites you to work in the invoices of {{business_name}} as {{role}}.",
        whatsapp=(
            "{{greeting}}, {{inviter_name}} invites you to work in the invoices of {{business_name}} as {{role}}. "
            "The invitation is good for {{lasts}}:\n{{link}}"
        ),
        sms="{{inviter_name}} invites you to {{business_name}} as {{role}}, good for {{lasts}}: {{link}}",
    ),
}
