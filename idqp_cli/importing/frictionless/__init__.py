"""Frictionless: data packages, resources and table schemas."""
