"""What the tests of the importers share: Boston beside the sample."""

from tests.support.boston import boston

__all__ = ["boston"]
