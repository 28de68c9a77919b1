"""Output: turns a report into text."""
