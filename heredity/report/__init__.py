"""One self-contained page, and its figures, made of a study's stored files."""
