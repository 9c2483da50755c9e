"""The settings of webhooks, and what was sent to them."""
