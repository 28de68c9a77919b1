"""Soda: SodaCL and data contracts."""
