"""Removing one person from everything here and from Clerk.io, and keeping the person out."""

from sync.forget.work import (
    Done,
    Outlook,
    Told,
    apply_lists,
    carry_on_all,
    forget,
    forget_record,
    keep_out,
    outlook,
)

__all__ = [
    "Done",
    "Outlook",
    "Told",
    "apply_lists",
    "carry_on_all",
    "forget",
    "forget_record",
    "keep_out",
    "outlook",
]
