"""What posts on LinkedIn are made of: their text, their media, and how they are refused."""
