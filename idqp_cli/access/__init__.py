"""Users and permissions: roles, passwords, sessions and tokens."""
