"""Suggested rules: profiles data, proposes candidates with evidence, and selects them. No I/O."""
