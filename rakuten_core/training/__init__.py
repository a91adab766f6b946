"""From a catalogue to `assets/`; TensorFlow lives in this folder and nowhere else."""
