"""Recorded runs: each call of a run that was asked to, without secrets and persons."""

from sync.recording.reading import Call, Side, detail, lines, recorded
from sync.recording.recorder import Recorder

__all__ = ["Call", "Recorder", "Side", "detail", "lines", "recorded"]
