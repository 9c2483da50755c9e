"""Nothing is lost and nothing is published twice, whatever dies and whenever."""
