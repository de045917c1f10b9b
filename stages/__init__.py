"""DVC's door: one recipe per stage of dvc.yaml: what it reads, which call it makes, what it writes."""
