"""Schemas: what columns a dataset has, and how that differs from what it had."""
