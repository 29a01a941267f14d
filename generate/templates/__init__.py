"""Prompt templates: Jinja files, each with its version in the comment on its first line."""
