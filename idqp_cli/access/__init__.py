"""Who acts, and whether they may: roles, passwords, sessions and tokens."""
