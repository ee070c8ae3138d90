"""The Shops page."""
