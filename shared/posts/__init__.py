"""What can be done with a post, for the api and the dashboard alike."""
