"""Pre-trained networks and the readers of their weights."""
