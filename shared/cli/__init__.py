"""The operator's commands, `python3 -m shared.cli …`, for a deployment and for the local stack.

They use the same environment variables as the functions, and Google's application default
credentials.
"""
