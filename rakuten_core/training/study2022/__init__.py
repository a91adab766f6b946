"""The models of the 2022 study."""
