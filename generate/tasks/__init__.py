"""What can be written: a YAML file a kind, with its words, the form of its reply, what is judged, and what is checked."""
