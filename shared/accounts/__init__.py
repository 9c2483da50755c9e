"""Everything that can be done with connected accounts."""
