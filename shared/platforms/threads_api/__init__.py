"""How Threads is spoken to: containers, and what its errors mean."""
