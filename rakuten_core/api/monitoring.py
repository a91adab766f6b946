"""What the server counts, in Prometheus's format."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

REGISTRY = CollectorRegistry()
"""Of this process: memory and processor time beside what is counted below."""
ProcessCollector(registry=REGISTRY)

ANSWERS = Counter("rakuten_answers", "Products answered", ["used", "decided_by"], registry=REGISTRY)
ERRORS = Counter("rakuten_errors", "Requests and rows refused", ["kind"], registry=REGISTRY)
SECONDS = Histogram(
    "rakuten_answer_seconds",
    "Time from the request to the answer, waiting included",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    registry=REGISTRY,
)
WAITING = Gauge("rakuten_queue", "Answers that wait or are being worked on", registry=REGISTRY)
BATCHES = Gauge("rakuten_batches", "Batches being answered", registry=REGISTRY)
CATALOGUE_WORKER = Gauge(
    "rakuten_catalogue_worker", "Whether catalogues that wait are taken up", registry=REGISTRY
)
CATALOGUE_WORKER.set(1)


def takes_catalogues() -> bool:
    """Return whether catalogues that wait are taken up."""
    (metric,) = CATALOGUE_WORKER.collect()
    return metric.samples[0].value > 0


def exposition() -> bytes:
    """Return all figures in the text format that Prometheus reads."""
    return generate_latest(REGISTRY)
