"""The OpenAPI description of the api. Imported only by who asks for it: it loads every platform."""
