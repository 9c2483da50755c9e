"""The OpenAPI description. Only a request for it imports this package: it loads every platform."""
