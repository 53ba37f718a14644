"""A company to try the cockpit on: files, two years of history, and the truth that is hidden in them."""

from siop.sample.fill import SAMPLES, make, make_workspace

__all__ = ["SAMPLES", "make", "make_workspace"]
