"""Statistics of shares; pure functions of numbers."""

import math

Z95 = 1.959963984540054
EFFECT = 0.01
ALPHA_Z = 1.6448536269514722


def wilson(failed: int, evaluated: int, z: float = Z95) -> tuple[float, float]:
    """Return the Wilson score interval of the share `failed / evaluated`.

    `z` is the normal quantile of the confidence, 95 % two-sided by default.
    Nothing evaluated says nothing: (0, 1). Source: E. B. Wilson, "Probable
    inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    if evaluated == 0:
        return (0.0, 1.0)
    share = failed / evaluated
    spread = z * z / evaluated
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / evaluated + spread / (4 * evaluated))
    low = 0.0 if failed == 0 else max(0.0, centre - half)
    high = 1.0 if failed == evaluated else min(1.0, centre + half)
    return (low, high)


def power(evaluated: int, threshold: float, effect: float = EFFECT) -> float:
    """Return the chance that a check of `evaluated` rows notices an excess.

    The excess is a true share of failing rows that lies `effect` (one
    percentage point) above `threshold`; to notice it is to reject "the share is
    at most the threshold" at 5 %, one-sided. Exact for a threshold of 0, where
    one failing row suffices; otherwise the normal approximation of the binomial
    (J. L. Fleiss, Statistical Methods for Rates and Proportions, 3rd ed., 2.4).
    """
    true = min(1.0, threshold + effect)
    if evaluated == 0 or true <= threshold:
        return 0.0
    if threshold == 0:
        return 1 - (1 - true) ** evaluated
    critical = threshold + ALPHA_Z * math.sqrt(threshold * (1 - threshold) / evaluated)
    if true == 1:
        return float(critical < 1)
    return normal_cdf((true - critical) / math.sqrt(true * (1 - true) / evaluated))


def normal_cdf(z: float) -> float:
    """Return the standard normal distribution function at `z`."""
    return math.erfc(-z / math.sqrt(2)) / 2


def normal_quantile(p: float) -> float:
    """Return the standard normal quantile of `p` in (0, 1), by bisection to full precision."""
    low, high = -40.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if normal_cdf(middle) < p else (low, middle)
    return (low + high) / 2
