"""Sync Desk: brings a Lightspeed eCom shop into Clerk.io, decision by decision."""
