"""One command that starts Refrain on one machine, watches its processes and stops them all."""
