"""The three folders of the ninth platform are tests only where they are copied to."""

collect_ignore = ["platform", "twin", "tests"]
