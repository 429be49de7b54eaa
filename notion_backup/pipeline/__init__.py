"""Everything that knows Dagster: partitions, assets, checks, jobs, schedules, sensors, and the instance they run on.

Nothing is imported here, so that a command which needs no Dagster does not pay for it. ``composition`` puts the parts
together, ``launch`` is what the command line calls.
"""
