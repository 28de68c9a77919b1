"""Deequ, PyDeequ, the data quality rules of AWS Glue, and DQX."""
