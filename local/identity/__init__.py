"""The local stack's twin of Firebase Authentication: it signs in the seeded users."""
