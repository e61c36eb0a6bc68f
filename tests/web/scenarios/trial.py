"""Scenarios that have not passed yet."""
import os

import harness


def trial(says: str, alone: bool = False, long: bool = False):
    """These have not passed as a whole yet: SEALHALL_TRIAL=1 runs them, and a plain run does not."""
    return harness.scenario(says, alone, long) if os.environ.get("SEALHALL_TRIAL") else lambda function: function
