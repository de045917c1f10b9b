"""Generated parts of documents: what stands between `<!-- generated NAME: begin -->` and its end."""

import re
from pathlib import Path


def write_between_marks(path: Path, name: str, content: str) -> None:
    """Replace one generated part. Raises ValueError when the document has no such part."""
    text = path.read_text(encoding="utf-8")
    begin, end = f"<!-- generated {name}: begin -->", f"<!-- generated {name}: end -->"
    if begin not in text or end not in text:
        raise ValueError(f"{path}: expected the marks {begin} and {end}, found none")
    pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    path.write_text(pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text), encoding="utf-8")
