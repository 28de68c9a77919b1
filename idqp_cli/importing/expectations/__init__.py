"""Expectations, which Great Expectations and a package of dbt share."""
