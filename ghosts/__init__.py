"""Ghost accounts: features, training and evaluation of the scorecard that dbt applies.

Offline: nothing here runs in the pipeline. What leaves this room are two seeds, `ghost_scorecard`
and `ghost_calibration`, and the rest of Attaché reads those.
"""
