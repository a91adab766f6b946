"""Measures of models on held-out products."""
