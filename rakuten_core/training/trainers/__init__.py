"""Trainers of the project's own models, one module each."""
