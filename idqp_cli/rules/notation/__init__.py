"""How texts of well-known kinds are written: regular expressions, lists of codes and sums of check digits, as SQL."""
