"""The models: one module per family, listed in the registry."""
