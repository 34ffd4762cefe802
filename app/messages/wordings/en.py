"""English. What stands in double braces is a name from `app/messages/kinds.py` and stays as it is in a translation."""

from __future__ import annotations

from app.messages.wording import Wording

GREETING = "Hello {name}"
GREETING_NOBODY = "Hello"

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
    "suspension_warning": Wording(
        subject="{{service}} will be paused on {{suspend_on}}: invoice {{number}} is still open",
        html=(
            "<p>{{greeting}}, invoice {{number}} was due on {{due_date}}, and {{amount}} is still open.</p>\n"
            "<p>Unless it is paid before, {{service}} will be paused on {{suspend_on}}. Pay it, and everything stays "
            "as it is.</p>"
        ),
        text=(
            "{{greeting}}, invoice {{number}} was due on {{due_date}}, and {{amount}} is still open.\n\n"
            "Unless it is paid before, {{service}} will be paused on {{suspend_on}}. Pay it, and everything stays as "
            "it is."
        ),
        whatsapp=(
            "{{greeting}}, invoice {{number}} from {{business_name}} was due on {{due_date}}, and *{{amount}}* is "
            "still open. Unless it is paid before, {{service}} will be paused on {{suspend_on}}. Pay it, and "
            "everything stays as it is.\n\nSee the invoice:\n{{link}}\n\nAlready paid? Thank you, nothing else to do."
        ),
        sms=(
            "{{business_name}}: invoice {{number}}, {{amount}}, is still open. Unless it is paid before, {{service}} "
            "will be paused on {{suspend_on}}. {{link}}"
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
