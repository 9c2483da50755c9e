"""How platforms count text."""
