"""Timings, each beside its natural competitor in the same run."""
