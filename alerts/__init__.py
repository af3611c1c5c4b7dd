"""Rules, the evaluator, episodes, the outbox and the channels that reach people."""

from alerts.evaluator import evaluate, read_from
from alerts.ladder import build_ladder
from alerts.rounds import Evaluator, Round
from alerts.run import run_evaluator
from alerts.settings import CHANNEL_KINDS, channel_settings

__all__ = [
    "CHANNEL_KINDS",
    "Evaluator",
    "Round",
    "build_ladder",
    "channel_settings",
    "evaluate",
    "read_from",
    "run_evaluator",
]
