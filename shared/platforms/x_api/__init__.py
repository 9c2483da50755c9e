"""How X is spoken to: its errors, uploads of media, and what its timeline shows."""
