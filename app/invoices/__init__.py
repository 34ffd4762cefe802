"""Invoices and credit notes: totals, numbers, states, pages, PDF."""
