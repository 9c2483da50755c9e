"""Parts of Snapchat's Public Profile API: its answers, its lists and its encrypted uploads."""
