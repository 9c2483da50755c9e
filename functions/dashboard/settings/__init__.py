"""What a user has set up: accounts, API keys, billing and the profile."""
