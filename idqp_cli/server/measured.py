"""What a process has served, as metrics in the text format of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from threading import Lock

# Upper bounds in seconds; the goals of the service are among them.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measured:
    """Counts of requests by endpoint, method and status, and how long they took by endpoint."""

    def __init__(self) -> None:
        """Begin with nothing served."""
        self._lock = Lock()
        self._requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self._slower: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = defaultdict(float)

    def add(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count a request; `endpoint` is the path as it is declared, so that there are few."""
        with self._lock:
            self._requests[endpoint, method, status] += 1
            buckets = self._slower.setdefault(endpoint, [0] * (len(BOUNDS) + 1))
            buckets[bisect_left(BOUNDS, seconds)] += 1
            self._seconds[endpoint] += seconds

    def lines(self) -> Iterator[str]:
        """Yield the lines of the metrics."""
        with self._lock:
            requests = sorted(self._requests.items())
            slower = {endpoint: tuple(buckets) for endpoint, buckets in sorted(self._slower.items())}
            seconds = dict(self._seconds)
        yield "# HELP idqp_http_requests_total Requests that were answered."
        yield "# TYPE idqp_http_requests_total counter"
        for (endpoint, method, status), number in requests:
            yield f'idqp_http_requests_total{{endpoint="{endpoint}",method="{method}",status="{status}"}} {number}'
        yield "# HELP idqp_http_request_duration_seconds How long the answers took."
        yield "# TYPE idqp_http_request_duration_seconds histogram"
        for endpoint, buckets in slower.items():
            total = 0
            for bound, number in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
                total += number
                yield f'idqp_http_request_duration_seconds_bucket{{endpoint="{endpoint}",le="{bound}"}} {total}'
            yield f'idqp_http_request_duration_seconds_sum{{endpoint="{endpoint}"}} {seconds[endpoint]:.6f}'
            yield f'idqp_http_request_duration_seconds_count{{endpoint="{endpoint}"}} {total}'
