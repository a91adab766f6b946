"""The study: training, evaluation and exploration, from a catalogue to `assets/`."""
