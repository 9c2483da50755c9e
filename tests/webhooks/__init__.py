"""Webhooks: what receivers hear."""
