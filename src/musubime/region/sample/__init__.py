"""The built-in sample: a fictional hill town, made by code, the same for the same seed. See docs/data/sample.md."""

from ._town import sample_region as sample_region
from ._town import write_sample as write_sample

__all__ = ["sample_region", "write_sample"]
