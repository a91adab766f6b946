"""Bodies of requests: read up to a limit, and made into what is asked."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message

from rakuten_core.api.problems import ApiError
from rakuten_core.api.schemas import ProductIn
from rakuten_core.data.embedded_photos import embedded_photo
from rakuten_core.language import _, listing
from rakuten_core.limits import limits

ROW_FORMATS = (
    "text/csv",
    "text/tab-separated-values",
    "application/jsonl",
    "application/x-ndjson",
    "application/json",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
"""Media types of a batch; its content tells the format."""
# zlib's number for gzip's format.
_GZIP = 31
_GZIP_START = b"\x1f\x8b"
_UNPACKED_AT_ONCE = 2**20
# Quotation marks of names and values, and commas and brackets, texts included.
_MOST_QUOTES, _MOST_PARTS = 1_000, 100_000
# Bytes in which the last line of a form is looked for; something may follow it.
_END_OF_FORM = 2**12
_FIELDS = ("title", "description", "photo", "top", "explain")


def media_type(request: Request) -> str:
    """Return the media type of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def product_of(request: Request, limit: int) -> tuple[ProductIn, bytes | None]:
    """Return the product of a JSON or multipart body, and its photo.

    Args:
        request: whose body is read.
        limit: of the body, in bytes.

    Raises:
        ApiError: the body is too large (413) or of another kind (415), or cannot be read (400).
        RequestValidationError: a value is missing or not what it must be.
    """
    kind = media_type(request)
    if kind == "application/json":
        content = b"".join([part async for part in _limited(request, limit)])
        _check_json(content)
        try:
            # A photo takes a moment to be read: others are served meanwhile.
            product = await run_in_threadpool(ProductIn.model_validate_json, content)
        except ValidationError as error:
            raise RequestValidationError(_without_input(error)) from error
        return product, product.photo
    if kind == "multipart/form-data":
        return await _product_of_form(request, limit)
    raise ApiError(
        415,
        "media_type",
        _("The body must be application/json or multipart/form-data. Received: {kind}.").format(
            kind=kind or _("nothing")
        ),
    )


def _check_json(content: bytes) -> None:
    """Refuse JSON of more parts than a product has before it is taken apart."""
    quotes = content.count(b'"') - content.count(b'\\"')
    parts = content.count(b",") + content.count(b"[")
    if quotes > _MOST_QUOTES or parts > _MOST_PARTS:
        raise ApiError(
            422,
            "validation",
            _("The body has more parts than a product. Known: {fields}.").format(
                fields=listing(list(_FIELDS))
            ),
        )


async def _product_of_form(request: Request, limit: int) -> tuple[ProductIn, bytes | None]:
    read, end = 0, b""

    async def receive() -> Message:
        nonlocal read, end
        message = await request.receive()
        part = message.get("body", b"")
        read, end = read + len(part), (end + part)[-_END_OF_FORM:]
        if read > limit:
            raise _too_large(limit)
        return message

    limited = Request(request.scope, receive)
    try:
        async with limited.form(max_files=1, max_fields=len(_FIELDS), max_part_size=limit) as form:
            if b"--%b--" % _boundary(request) not in end:
                raise ApiError(400, "form", _("The form is incomplete: its last line is missing."))
            values, photo = await _values_of(form)
    except HTTPException as error:
        raise ApiError(400, "form", str(error.detail)) from error
    try:
        return ProductIn.model_validate(values), photo
    except ValidationError as error:
        raise RequestValidationError(_without_input(error)) from error


def _boundary(request: Request) -> bytes:
    _kind, parameters = parse_options_header(request.headers["content-type"])
    return parameters[b"boundary"]


async def _values_of(form: FormData) -> tuple[dict[str, Any], bytes | None]:
    values, photo = dict[str, Any](), None
    for name, value in form.multi_items():
        if name != "photo":
            values[name] = value.filename if isinstance(value, UploadFile) else value
        elif isinstance(value, UploadFile):
            # One byte more than is accepted, so that the decoder can say that it is too large.
            photo = await value.read(limits().photo_bytes + 1) or None
        elif value:
            photo = embedded_photo(value)
            if photo is None:
                raise ApiError(
                    400,
                    "form",
                    _("The photo must be a file of the form, base64 or a data: address."),
                )
    return values, photo


@asynccontextmanager
async def spooled(request: Request, limit: int) -> AsyncIterator[Path]:
    """Write the body of a batch, unpacked, to a file that is gone after the block.

    Args:
        request: whose body is read; `Content-Encoding` may be `gzip`.
        limit: of the body, in bytes, packed and unpacked.

    Raises:
        ApiError: the body is too large (413), of another kind (415) or damaged (400).
    """
    kind = media_type(request)
    if kind not in ROW_FORMATS:
        raise ApiError(
            415,
            "media_type",
            _("The body must be one of {kinds}. Received: {kind}.").format(
                kinds=listing(list(ROW_FORMATS)), kind=kind or _("nothing")
            ),
        )
    with NamedTemporaryFile(prefix="rakuten-batch-") as file:
        async for part in _unpacked(request, limit):
            file.write(part)
        file.flush()
        yield Path(file.name)


async def _unpacked(request: Request, limit: int) -> AsyncIterator[bytes]:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise ApiError(
            415,
            "content_encoding",
            _("The body may be packed with gzip. Received: {encoding}.").format(encoding=encoding),
        )
    unpacker = None if encoding == "identity" else _Unpacker(limit)
    first = True
    async for part in _limited(request, limit):
        # A packed file is packed, whether a header says so or not.
        if first and part.startswith(_GZIP_START):
            unpacker = unpacker or _Unpacker(limit)
        first = first and not part
        if unpacker is None:
            yield part
        else:
            for content in unpacker.unpack(part):
                yield content
    if unpacker is not None:
        unpacker.check_end()


class _Unpacker:
    """Unpacks gzip, of one member or several, up to a limit.

    Args:
        limit: bytes that are unpacked.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._size = limit, 0
        self._member = zlib.decompressobj(_GZIP)

    def unpack(self, part: bytes) -> Iterator[bytes]:
        """Yield what the next part of the packed bytes holds.

        Raises:
            ApiError: it is no gzip (400), or there is too much in it (413).
        """
        try:
            while part:
                if self._member.eof:
                    self._member = zlib.decompressobj(_GZIP)
                content = self._member.decompress(part, _UNPACKED_AT_ONCE)
                part = self._member.unconsumed_tail or self._member.unused_data
                self._size += len(content)
                if self._size > self._limit:
                    raise _too_large(self._limit)
                yield content
        except zlib.error as error:
            raise _damaged(str(error)) from error

    def check_end(self) -> None:
        """Raise an ApiError (400) where the last member is not complete."""
        if not self._member.eof:
            raise _damaged(_("its end is missing"))


def _damaged(error: str) -> ApiError:
    return ApiError(400, "gzip", _("The body is not complete gzip: {error}.").format(error=error))


@asynccontextmanager
async def in_time(seconds: float) -> AsyncIterator[None]:
    """Read a body within a block.

    Raises:
        ApiError: it has not arrived in time (408).
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise ApiError(
            408,
            "body_timeout",
            _("The body has not arrived within {seconds} seconds.").format(seconds=f"{seconds:g}"),
        ) from None


class BodyMemory:
    """How much memory the bodies of requests may take that are being answered.

    Args:
        limit: of all together, in bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._held = limit, 0

    @contextmanager
    def held(self, request: Request, most: int) -> Iterator[None]:
        """Set memory aside for a body within a block.

        Args:
            request: whose body it is; what it says of its length counts.
            most: bytes that are set aside where it does not.

        Raises:
            ApiError: there is not enough (503).
        """
        length = request.headers.get("content-length", "")
        size = min(int(length), most) if length.isdecimal() else most
        if self._held + size > self._limit:
            raise ApiError(
                503,
                "busy",
                _("Too many products are waiting. Ask again in a moment."),
                {"Retry-After": "1"},
            )
        self._held += size
        try:
            yield
        finally:
            self._held -= size


async def _limited(request: Request, limit: int) -> AsyncIterator[bytes]:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(limit)
    read = 0
    async for part in request.stream():
        read += len(part)
        if read > limit:
            raise _too_large(limit)
        yield part


def _too_large(limit: int) -> ApiError:
    return ApiError(
        413,
        "too_large",
        _("The body has more than {limit} MiB. Send less at once.").format(
            limit=f"{limit / 2**20:.3g}"
        ),
    )


def _without_input(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False, include_input=False, include_context=False))
