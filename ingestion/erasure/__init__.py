"""Erasure: an actor is taken out of the warehouse, and doesn't come back."""
