"""The parts of Facebook: what its posts carry, how videos go up, what its errors mean."""
