"""How the numbers of all posts grew, as a chart, as tables and as a file."""
