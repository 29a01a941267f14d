"""Bytes to `Document`: one module a family of formats, the type found from content."""
