"""Signing in and out, by email and with Google."""
