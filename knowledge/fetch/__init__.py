"""Allowed web sites to bytes: https only, no private address, limits on size, time and number, and good manners."""
