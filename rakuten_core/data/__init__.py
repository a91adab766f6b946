"""The challenge's files as one validated table, their photos, the split, and a sample."""
