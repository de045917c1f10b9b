"""One file per stage of dvc.yaml: what it reads, what it writes."""
