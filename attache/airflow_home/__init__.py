"""Airflow in the home: the clock of the pipeline and the memory of its runs."""
