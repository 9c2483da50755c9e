"""Webhooks: telling other software what has happened."""
