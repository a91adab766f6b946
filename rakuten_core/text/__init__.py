"""Text preparation: the study's steps, language detection and optional translation."""
