"""What answers: one module per kind of model, without TensorFlow."""
