"""The operator's commands, `python3 -m shared.cli …`: against the emulators and the cloud alike.

They find their database, queues and keyset as the functions do: by the same environment
variables and Google's application default credentials.
"""
