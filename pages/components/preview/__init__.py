"""The Preview page."""
