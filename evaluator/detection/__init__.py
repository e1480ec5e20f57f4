"""Detection: finding passages that try to steer the rating. May import `contract`."""

from evaluator.detection.detector import detect
from evaluator.detection.findings import Detection, Finding

__all__ = ["Detection", "Finding", "detect"]
