"""The whole stack over HTTP, with real processes as in `make run`."""
