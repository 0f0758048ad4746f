"""What every other room stands on: settings, errors, progress and child processes."""
