"""Nothing is lost or published twice, whatever dies at any time."""
