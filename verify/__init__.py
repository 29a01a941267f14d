"""Claims, evidence, entailment, rules and verdicts; knows nothing of who wrote the text."""
