"""Where Stripe's own pages are, without Stripe's library, which takes a while to load."""

from shared.config import Settings

# Of a checkout and of the portal (docs.stripe.com/payments/checkout, read 2026-11-28).
_PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com")


def stripe_pages(settings: Settings) -> tuple[str, ...]:
    """The addresses that a payment form may redirect to."""
    own = settings.stripe.api_url
    return (*_PAGES, own) if own else _PAGES
