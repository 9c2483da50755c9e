"""`make bench`: what Soku costs beside the least that could do the same, in one run."""
