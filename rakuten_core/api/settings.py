"""How the server runs, from environment variables (`docs/deploy.md` lists them)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from rakuten_core.limits import Limits


class Settings(Limits):
    """Environment variables, beside those of `Limits`.

    Raises:
        pydantic.ValidationError: a variable holds what it must not hold.
    """

    data: Path | None = Field(None, description="folder of the challenge's data, for the pages")
    api_key: SecretStr | None = Field(
        None, min_length=16, description="what a program must send as X-API-Key; none: open to all"
    )
    cors_origins: list[str] = Field(
        [], description='JSON list of origins whose pages may ask, such as ["https://a.example"]'
    )
    frame_ancestors: str = Field("'self'", description="sites that may show the app in a frame")
    workers: int = Field(
        min(4, os.cpu_count() or 1), ge=1, le=64, description="products answered at once"
    )
    waiting: int = Field(128, ge=0, description="answers that may wait; more are refused (503)")
    answer_seconds: float = Field(
        10.0, gt=0, le=86_400, description="time limit of one answer, waiting too"
    )
    batches: int = Field(1, ge=1, le=16, description="batches answered at once")
    body_mb: float = Field(30.0, gt=0, le=1e6, description="largest body of one product, MiB")
    bodies_mb: float = Field(
        150.0, gt=0, le=1e6, description="bodies of products that are being answered, MiB"
    )
    body_seconds: float = Field(120.0, gt=0, le=86_400, description="time for a body to arrive")
    send_seconds: float = Field(
        60.0, gt=0, le=86_400, description="time for a caller to take a line of a batch"
    )
    batch_mb: float = Field(200.0, gt=0, le=1e6, description="largest body of a batch, MiB")
    batch_rows: int = Field(20_000, ge=1, description="most rows of a batch")
    store: Path = Field(
        Path.home() / ".local/share/rakuten",
        description="folder of the catalogues that people classify, and of what they review",
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="where decisions are kept instead, such as postgresql+psycopg://user@host/base",
    )
    catalogue_rows: int = Field(20_000, ge=1, description="most rows of a catalogue on its page")
    catalogue_mb: int = Field(500, ge=1, description="largest upload of a catalogue's photos, MB")
    uploads_mb: int = Field(
        1_400, ge=1, description="uploads of all visitors in memory, MB; while one comes, twice"
    )
    visitor_uploads_mb: int = Field(600, ge=1, description="of these, of one visitor, MB")
    catalogue_memory_mb: int = Field(
        600, ge=100, le=100_000, description="memory that answering a catalogue may take, MiB"
    )
    store_mb: int = Field(
        10_000, ge=10, description="size of all catalogues together, MB: the oldest make room"
    )
    catalogue_days: int = Field(30, ge=1, description="days after which a catalogue is deleted")
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="of the structured log"
    )

    @field_validator("store")
    @classmethod
    def _folder(cls, store: Path) -> Path:
        if store.exists() and not store.is_dir():
            raise ValueError("is no folder")
        return store

    @field_validator("database_url")
    @classmethod
    def _address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            # Only where one is named: it takes memory that an idle server spares.
            from sqlalchemy.engine import make_url
            from sqlalchemy.exc import ArgumentError

            try:
                make_url(url.get_secret_value())
            except ArgumentError as error:
                # Not with what it holds: that may be a password.
                raise ValueError("is no address of a database") from error
        return url

    @property
    def review_url(self) -> str:
        """Where decisions are kept: the database that is named, or a file in the store."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.store / 'review.db'}"


@cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
