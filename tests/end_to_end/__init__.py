"""The whole stack over HTTP: real processes, as `make run` starts them."""
