"""The gate: what must hold before anybody reads a number, and how bad it is when it doesn't."""
