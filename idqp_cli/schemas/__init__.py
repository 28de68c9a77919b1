"""Schemas: what columns a dataset has, how that differs from what it had, and whom that breaks."""
