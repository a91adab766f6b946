"""Product photos: safe decoding, geometry and batches for networks."""
