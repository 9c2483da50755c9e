"""A simulated Stripe, with what Soku asks of it."""
