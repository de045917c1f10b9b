"""What HTML says to a reader, and whether any of it is a stranger's."""

from html.parser import HTMLParser

OWN = {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
HOSTILE = "<script>alert('m00')</script> & <b>"


class Read(HTMLParser):
    """The text of every cell and paragraph, by row."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.rows, self.text = set(), set(), [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag in ("p", "caption"):
            self.text.append("")
        self.place = tag

    def handle_endtag(self, tag):
        self.place = None

    def handle_data(self, data):
        if self.place in ("td", "th"):
            self.rows[-1][-1] += data
        if self.place in ("p", "caption"):
            self.text[-1] += data


def read(html):
    """Return rows and texts of a table. Fails where it has another tag or attribute than a table's own."""
    page = Read(html)
    assert page.tags <= OWN
    assert page.attributes <= {"style"}
    return page.rows, page.text
