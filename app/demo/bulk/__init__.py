"""A business with as many invoices as one likes, for measuring: made in bulk, row by row what the services write."""
