"""Theme, charts, Markdown, the story and its exports."""
