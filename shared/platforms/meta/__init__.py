"""What the platforms of Meta have in common: errors, Graph API requests, containers, tokens."""
