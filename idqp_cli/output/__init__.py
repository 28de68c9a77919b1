"""Output: a report in, text out."""
