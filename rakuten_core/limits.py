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
    waiting_catalogues: int = Field(20, ge=1, description="catalogues that may wait")
    visitor_catalogues: int = Field(5, ge=1, description="of these, of one visitor")
    table_columns: int = Field(500, ge=1, le=16_384, description="columns of a table")
    table_unpacked_mb: int = Field(
        2_000, ge=1, le=100_000, description="a text table, unpacked where it is gzip, MB"
    )
    workbook_mb: int = Field(400, ge=1, le=100_000, description="a workbook, unpacked, MB")
    json_array_mb: int = Field(
        200, ge=1, le=100_000, description="a JSON array, or one line of JSON Lines, MB"
    )
    zip_photos: int = Field(50_000, ge=1, le=10**7, description="photos in a ZIP file")
    zip_unpacked_mb: int = Field(
        20_000, ge=1, le=10**7, description="photos of a ZIP file together, unpacked, MB"
    )
    photo_mb: int = Field(20, ge=1, le=1_000, description="one photo, MiB")
    photo_megapixels: int = Field(25, ge=1, le=1_000, description="one photo, decoded, megapixels")
    # Telephones make JPEGs of 50 million pixels; these are decoded at half their size or less.
    jpeg_megapixels: int = Field(60, ge=1, le=1_000, description="one JPEG, megapixels")
    # What is laid out square must not outgrow the limit by far.
    photo_side: int = Field(16_384, ge=100, le=65_535, description="a photo's longer side, pixels")
    photo_scans: int = Field(100, ge=1, le=10_000, description="scans of a progressive JPEG")

    @property
    def photo_bytes(self) -> int:
        """Bytes of one photo."""
        return self.photo_mb * 2**20


@cache
def limits() -> Limits:
    """Return the limits of this process, read once."""
    return Limits()
