"""Components of the Problems page."""
