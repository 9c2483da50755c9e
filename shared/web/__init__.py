"""What every HTTP function shares: the error envelope, and the door of the internal ones."""
