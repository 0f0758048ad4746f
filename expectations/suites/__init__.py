"""The checks themselves, one file for each layer of the warehouse. Plain data only."""
