"""Photos behind addresses: asked for briefly, and not again from hosts that do not answer."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter

from rakuten_core.errors import CatalogError
from rakuten_core.images.decoding import MAX_BYTES
from rakuten_core.language import _

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
        host = urllib.parse.urlsplit(address).netloc
        if self._failures[host] >= FAILURES_OF_A_HOST:
            raise CatalogError(
                _("the photo {name} was not asked for: {host} did not answer {count} times").format(
                    name=address, host=host, count=FAILURES_OF_A_HOST
                )
            )
        try:
            content = _of_the_web(address) if host else _elsewhere(address)
        except CatalogError:
            raise
        except urllib.error.HTTPError as error:
            # The host answers.
            raise _cannot(address, error) from error
        except Exception as error:
            # Every file system raises its own.
            with self._counting:
                self._failures[host] += bool(host)
            raise _cannot(address, error) from error
        with self._counting:
            self._failures.pop(host, None)
        return content


def is_address(text: str) -> bool:
    """Return whether a text names a photo by address."""
    return "://" in text[:20]


def _of_the_web(address: str) -> bytes:
    if not address.lower().startswith(("http://", "https://")):
        return _elsewhere(address)
    request = urllib.request.Request(urllib.parse.quote(address, safe=_SAFE), headers=_HEADERS)
    end = time.monotonic() + SECONDS_OF_A_PHOTO
    content = bytearray()
    with urllib.request.urlopen(request, timeout=SECONDS_OF_SILENCE) as answer:
        while block := answer.read1(_BLOCK):
            content += block
            if len(content) > MAX_BYTES:
                return bytes(content[: MAX_BYTES + 1])
            if time.monotonic() > end:
                raise TimeoutError(
                    _("more than {seconds} seconds").format(seconds=f"{SECONDS_OF_A_PHOTO:g}")
                )
    return bytes(content)


def _elsewhere(address: str) -> bytes:
    try:
        import fsspec
    except ImportError:
        raise CatalogError(
            _("To fetch photos, install what it needs: pip install -r requirements-ray.txt")
        ) from None
    with fsspec.open(address, "rb") as file:
        return file.read(MAX_BYTES + 1)


def _cannot(address: str, error: Exception) -> CatalogError:
    return CatalogError(
        _("the photo {name} cannot be fetched: {error}").format(
            name=address[:200], error=str(error) or type(error).__name__
        )
    )
