"""The Runs page and the page of one run."""
