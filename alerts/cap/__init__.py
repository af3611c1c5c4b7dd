"""CAP 1.2, the Common Alerting Protocol: messages made of episodes, written, read, checked."""

from alerts.cap.check import mistakes_of
from alerts.cap.compose import cap_messages, cap_of_episode
from alerts.cap.model import MEDIA_TYPE, CapAlert
from alerts.cap.read import read_cap
from alerts.cap.write import write_cap

__all__ = ["MEDIA_TYPE", "CapAlert", "cap_messages", "cap_of_episode", "mistakes_of", "read_cap", "write_cap"]
