"""Everything that must hold of documents, as `flask audit` asks: one statement, and a sentence per violation."""

from app.invoices.checks.credit_notes import (
    credit_matches_notes,
    no_line_is_credited_twice,
    note_lines_make_the_totals,
    note_states_follow_from_rows,
)
from app.invoices.checks.documents import (
    clients_match_journal,
    figures_make_the_totals,
    journal_matches_documents,
    lines_make_the_totals,
    remainders_are_parts,
    states_follow_from_rows,
    write_offs_match_rows,
)
from app.invoices.checks.numbers import credit_numbers_have_no_gaps, numbers_have_no_gaps
from app.invoices.checks.rates import (
    base_amounts_follow_from_the_rate,
    nothing_is_converted_without_a_rate,
    rates_are_whole,
)

CHECKS = (
    journal_matches_documents,
    clients_match_journal,
    lines_make_the_totals,
    figures_make_the_totals,
    write_offs_match_rows,
    remainders_are_parts,
    states_follow_from_rows,
    numbers_have_no_gaps,
    credit_matches_notes,
    note_lines_make_the_totals,
    no_line_is_credited_twice,
    note_states_follow_from_rows,
    credit_numbers_have_no_gaps,
    base_amounts_follow_from_the_rate,
    rates_are_whole,
    nothing_is_converted_without_a_rate,
)
