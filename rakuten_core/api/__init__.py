"""What the server answers beside the app's pages."""
