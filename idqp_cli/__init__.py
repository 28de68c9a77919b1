"""idqp checks data files: what is wrong with them, since when, and who knows."""

__version__ = "0.1.0"
