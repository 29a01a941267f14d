"""Documents, passages, vectors, retrieval and the workspace database."""
