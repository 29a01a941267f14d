"""The formats that can be read, one module each with a `FORMAT`; a module put here is found without further ado."""
