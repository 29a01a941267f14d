"""Our rows in the forms that trainers, evaluators and archives read, a family of forms a module."""
