"""One module per stage: all that it is given, as one frozen value."""
