"""Photos behind addresses: asked for briefly, and not again from hosts that do not answer."""

from __future__ import annotations

import threading
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextvars import copy_context
from queue import Empty, SimpleQueue

from rakuten_core.errors import CatalogError
from rakuten_core.language import _
from rakuten_core.limits import limits

SECONDS_OF_SILENCE = 4.0
"""A host that says nothing for so long is not waited for."""
SECONDS_OF_A_PHOTO = 15.0
FAILURES_OF_A_HOST = 3
"""A host that could not be reached so many times in a row is asked no more."""
_BLOCK = 2**16
_SAFE = ":/?#[]@!$&'()*+,;=%~"
# Some hosts refuse what does not say what it is.
_HEADERS = {"User-Agent": "rakuten-product-classifier", "Accept": "image/*,*/*;q=0.5"}


class RemotePhotos:
    """Fetches photos by address; safe to share between threads.

    Addresses of the web are asked by one `GET` each; any other file system that fsspec knows is
    read where fsspec is installed.
    """

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._counting = threading.Lock()

    def read(self, address: str) -> bytes:
        """Return a photo, at most one byte more than is accepted of one.

        Raises:
            CatalogError: it cannot be fetched, or its host is no longer asked.
        """
        if address.startswith("//"):
            address = f"https:{address}"
        try:
            host = urllib.parse.urlsplit(address).netloc
        except ValueError as error:
            raise _cannot(address, error) from error
        if self._failures[host] >= FAILURES_OF_A_HOST:
            raise CatalogError(
                _("the photo {name} was not asked for: {host} did not answer {count} times").format(
                    name=address, host=host, count=FAILURES_OF_A_HOST
                )
            )
        try:
            content = _within(SECONDS_OF_A_PHOTO, _of_the_web if host else _elsewhere, address)
        except CatalogError:
            raise
        except Exception as error:
            # Every file system raises its own. An HTTP error is an answer of the host.
            failed = bool(host)
            if isinstance(error, urllib.error.HTTPError):
                error.close()
                failed = False
            with self._counting:
                self._failures[host] = self._failures[host] + 1 if failed else 0
            raise _cannot(address, error) from error
        with self._counting:
            self._failures[host] = 0
        return content


def _within(seconds: float, fetch: Callable[[str], bytes], address: str) -> bytes:
    """Return what a call returns, or give it up: a host may send a byte from time to time.

    Raises:
        TimeoutError: it takes longer; the call ends by itself, in a thread that nobody waits for.
    """
    results: SimpleQueue[bytes | Exception] = SimpleQueue()

    def run() -> None:
        try:
            results.put(fetch(address))
        except Exception as error:
            results.put(error)

    context = copy_context()
    threading.Thread(target=context.run, args=(run,), daemon=True).start()
    try:
        found = results.get(timeout=seconds)
    except Empty:
        raise TimeoutError(
            _("more than {seconds} seconds").format(seconds=f"{seconds:g}")
        ) from None
    if isinstance(found, Exception):
        raise found
    return found


def is_address(text: str) -> bool:
    """Return whether a text names a photo by address."""
    return "://" in text[:20] or text.startswith("//")


def _of_the_web(address: str) -> bytes:
    if not address.lower().startswith(("http://", "https://")):
        return _elsewhere(address)
    request = urllib.request.Request(urllib.parse.quote(address, safe=_SAFE), headers=_HEADERS)
    content = bytearray()
    with urllib.request.urlopen(request, timeout=SECONDS_OF_SILENCE) as answer:
        while block := answer.read1(_BLOCK):
            content += block
            if len(content) > limits().photo_bytes:
                return bytes(content[: limits().photo_bytes + 1])
    return bytes(content)


def _elsewhere(address: str) -> bytes:
    try:
        import fsspec
    except ImportError:
        raise CatalogError(
            _("To fetch photos, install what it needs: pip install -r requirements-ray.txt")
        ) from None
    with fsspec.open(address, "rb") as file:
        return file.read(limits().photo_bytes + 1)


def _cannot(address: str, error: Exception) -> CatalogError:
    return CatalogError(
        _("the photo {name} cannot be fetched: {error}").format(
            name=address[:200], error=str(error) or type(error).__name__
        )
    )
