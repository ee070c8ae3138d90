"""Every message that a run can end with has a cause that tells a person what to do."""
