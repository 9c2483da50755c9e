"""YouTube's parts: what is told of a video, the session that takes it, the channel, refusals."""
