"""Removing one person from everything here and from Clerk.io, and keeping the person out."""

from sync.forget.work import Done, Told, apply_lists, carry_on_all, forget

__all__ = ["Done", "Told", "apply_lists", "carry_on_all", "forget"]
