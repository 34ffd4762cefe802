"""The customer's side: the invoice behind a link, paying it, and what became of the payment."""
