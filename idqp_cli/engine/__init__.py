"""The engine: fetches what rules need in as few scans as possible, and finds the failing rows."""
