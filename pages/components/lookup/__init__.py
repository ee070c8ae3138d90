"""The Look-up page."""
