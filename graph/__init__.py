"""Concepts, their associations, walks over them, combinations and coverage."""
