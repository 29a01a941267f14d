"""Scripts that make the embedder: training and export. They need the `train` extra; the package never imports them."""
