"""Sync Desk: brings a Lightspeed eCom shop into Clerk.io, decision by decision."""

__version__ = "0.6.5"
