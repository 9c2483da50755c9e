"""What the HTTP functions share: answers, reading bodies, and handling internal requests."""
