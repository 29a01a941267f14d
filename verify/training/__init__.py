"""Scripts that make the shipped entailment model: data, training and export."""
