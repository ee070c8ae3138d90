"""The Lightspeed eCom stand-in: its server and its switches."""

from sync.sandbox.lightspeed.server import lightspeed_app, wrong_cluster_app
from sync.sandbox.lightspeed.switchboard import Switches, set_switches, switches

__all__ = ["Switches", "lightspeed_app", "set_switches", "switches", "wrong_cluster_app"]
