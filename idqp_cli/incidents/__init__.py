"""The life cycle of incidents, and statistics about them."""
