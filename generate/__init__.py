"""Tasks, conditions, demonstrations and prompts, and the language models that answer them."""
