"""The inbox: the list of comments and mentions, each conversation, and what users do there."""
