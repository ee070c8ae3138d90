"""What Clerk.io held on a past day."""
