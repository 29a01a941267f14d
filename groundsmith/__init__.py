"""Groundsmith: question-answer data that your documents entail, with the evidence for every claim."""

__version__ = "0.1.0"
