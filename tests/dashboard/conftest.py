from dashboard_place import place, window

__all__ = ["place", "window"]
