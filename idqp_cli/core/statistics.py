"""Statistics of shares; pure functions of numbers."""

import math
from collections.abc import Sequence

Z95 = 1.959963984540054
EFFECT = 0.01
ALPHA_Z = 1.6448536269514722
UNSEEN_ALPHA = 0.05


def wilson(failed: float, evaluated: float, z: float = Z95) -> tuple[float, float]:
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


def design_effect(groups: Sequence[tuple[int, int]], of_groups: int) -> float:
    """Return how many times greater the variance of a share is because rows come in groups, at least 1.

    `groups` are the rows looked at and those that fail, of each group in the
    sample, and `of_groups` how many groups there are. Source: the linearised
    variance of a ratio from a sample of clusters drawn without replacement, over
    that of a binomial (L. Kish, Survey Sampling, 1965, 5.4, 6.3 and 8.2).
    """
    evaluated, failed = (sum(group[side] for group in groups) for side in (0, 1))
    if len(groups) < 2 or failed in {0, evaluated}:
        return 1.0
    share = failed / evaluated
    residuals = sum((group_failed - share * group) ** 2 for group, group_failed in groups)
    left_out = 1 - len(groups) / of_groups
    clustered = left_out * len(groups) / (len(groups) - 1) * residuals / evaluated**2
    return max(1.0, clustered * evaluated / (share * (1 - share)))


def unseen(groups: int, of_groups: int) -> float:
    """Return the share of groups that may all fail without one of them being among the `groups` that were drawn.

    With a greater share at least one would have been drawn, with 95 % probability.
    """
    if groups >= of_groups:
        return 0.0
    if groups == 0:
        return 1.0
    return min(1.0, math.log(UNSEEN_ALPHA) / math.log1p(-groups / of_groups) / of_groups)


def groups_to_draw(of_groups: int, share: float) -> int:
    """Return the least number of groups that leaves at most `share` of them unseen."""
    low, high = 1, of_groups
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if unseen(middle, of_groups) > share else (low, middle)
    return low


def settled_by(share: float, threshold: float, z: float = Z95) -> int | None:
    """Return how many rows would settle whether the share is at most the threshold, if it stays as observed.

    That is the least n whose Wilson interval leaves the threshold out; None where
    the share is the threshold, which no number of rows settles.
    """
    if share == threshold:
        return None
    low, high = 1, 1
    while _open(share, threshold, high, z) and high < 1 << 60:
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if _open(share, threshold, middle, z) else (low, middle)
    return high


def _open(share: float, threshold: float, evaluated: int, z: float) -> bool:
    spread = z * z / evaluated
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / evaluated + spread / (4 * evaluated))
    return centre - half <= threshold < centre + half


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
    """Return the standard normal quantile of `p` in (0, 1); a `p` that rounding has made 1 counts as just below."""
    from statistics import NormalDist  # noqa: PLC0415 - only a rule with `confidence` has to pay

    return NormalDist().inv_cdf(min(p, math.nextafter(1, 0)))


def student_quantile(p: float, freedom: int) -> float:
    """Return where Student's t distribution with so many degrees of freedom reaches p.

    By four terms of the series of G. W. Hill (Communications of the ACM 13, 1970), a few percent too
    near the middle with four degrees of freedom.
    """
    z = normal_quantile(p)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return math.fsum(term / float(freedom) ** power for power, term in enumerate(terms))


def chi2_tail(statistic: float, freedom: int) -> float:
    """Return the probability that a chi-squared value with this number of degrees of freedom is at least `statistic`.

    The regularised upper incomplete gamma function, by series or continued
    fraction (Press et al., Numerical Recipes, 3rd ed., 6.2).
    """
    if statistic <= 0 or freedom <= 0:
        return 1.0
    if math.isinf(statistic):
        return 0.0
    a, x = freedom / 2, statistic / 2
    front: float = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        step = a
        while term > total * 1e-16:
            step += 1
            term *= x / step
            total += term
        return max(0.0, 1 - front * total)
    b = x + 1 - a
    c, d = 1e300, 1 / b
    fraction = d
    for step in range(1, 10_000):
        numerator = -step * (step - a)
        b += 2
        d = 1 / _not_zero(numerator * d + b)
        c = _not_zero(b + numerator / c)
        fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return min(1.0, front * fraction)


def _not_zero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300


def kolmogorov_tail(value: float) -> float:
    """Return the probability that Kolmogorov's limit distribution is at least `value`.

    Source: A. N. Kolmogorov (1933); the two classical series.
    """
    if value <= 0.2:
        return 1.0
    if value < 1.18:
        y = -(math.pi**2) / (8 * value * value)
        return 1 - math.sqrt(2 * math.pi) / value * math.fsum(math.exp((2 * k - 1) ** 2 * y) for k in range(1, 5))
    signs = ((1, 1), (2, -1), (3, 1), (4, -1))
    return 2 * math.fsum(sign * math.exp(-2 * (k * value) ** 2) for k, sign in signs)


def exceedances_tail(exceeding: int, rows: int, beyond: int, reference: int) -> float:
    """Return the probability that at least `exceeding` of `rows` values exceed the `beyond`-th largest of `reference`.

    All values are drawn alike. Source: E. J. Gumbel, H. von Schelling, "The
    distribution of the number of exceedances", Annals of Mathematical Statistics
    21 (1950): of the largest `exceeding + beyond - 1` of all, fewer than `beyond` are
    of the reference.
    """
    if exceeding <= 0:
        return 1.0
    total, top = rows + reference, exceeding + beyond - 1
    terms = (
        _log_choose(reference, low) + _log_choose(rows, top - low) - _log_choose(total, top)
        for low in range(min(beyond, reference + 1))
        if top - low <= rows
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def _log_choose(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)
