"""How much bytes from strangers may cost: one place for all limits, from environment variables."""

from __future__ import annotations

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Limits(BaseSettings):
    """Environment variables, each with the prefix `RAKUTEN_`; an empty one counts as not set.

    Raises:
        pydantic.ValidationError: a variable holds what it must not hold.
    """

    model_config = SettingsConfigDict(
        env_prefix="RAKUTEN_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    reading_seconds: float = Field(
        60.0, gt=0, le=3600, description="time to read one table or ZIP file, in a child process"
    )
    reading_memory_mb: int = Field(
        1500, ge=100, le=100_000, description="address space that this may take, MiB"
    )
    reading_output_mb: int = Field(
        600, ge=10, le=100_000, description="largest file that it may write, MiB"
    )
    photo_seconds: float = Field(
        5.0, gt=0, le=600, description="time to decode one photo that is not plainly harmless"
    )
    photo_memory_mb: int = Field(500, ge=100, le=100_000, description="memory that this may take")
    text_letters: int = Field(
        1_000_000, ge=1000, le=2**25, description="letters of one cell of a table"
    )


@cache
def limits() -> Limits:
    """Return the limits of this process, read once."""
    return Limits()
