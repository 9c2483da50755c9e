"""Payments with Stripe: BILLING=stripe."""
