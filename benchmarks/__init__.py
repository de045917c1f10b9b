"""Speed and cost beside other systems, measured in one run."""
