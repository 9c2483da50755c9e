"""Scheduled posts by day: the calendar, the lists, and moving a post."""
