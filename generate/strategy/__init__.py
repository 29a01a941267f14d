"""Ways to turn a combination into samples with a language model."""
