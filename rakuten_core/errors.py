"""The errors that the package raises on bad input; every message says what to do about it."""


class RakutenError(Exception):
    """Base of all errors that a user can cause and correct."""


class CatalogError(RakutenError):
    """A catalogue file is missing, truncated or holds a value that it must not hold."""


class ImageError(RakutenError):
    """A picture is too large, damaged or of a kind that is not accepted."""


class TextError(RakutenError):
    """A text step cannot run as asked, for example because an optional package is missing."""


class ModelError(RakutenError):
    """A model is unknown, untrained or was given nothing that it can use."""


class AssetError(RakutenError):
    """A shipped file is missing, damaged or of another version."""


class StoryError(RakutenError):
    """The story cannot be exported, for example because no browser is there to draw figures."""


class ReviewError(RakutenError):
    """Decisions of reviewers cannot be kept or read, or someone else has made one."""


class LimitError(CatalogError, ImageError):
    """What was given is more than is accepted, or takes more time or memory than there is."""
