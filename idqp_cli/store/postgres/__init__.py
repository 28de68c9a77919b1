"""The store in a PostgreSQL database that a team shares: the server itself holds people to their roles."""
