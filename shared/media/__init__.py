"""Files of users: fetching them, finding out what they are, reading them again."""
