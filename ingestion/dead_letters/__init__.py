"""Records that could not be landed: looked at, taken out, and judged again after a fix."""
