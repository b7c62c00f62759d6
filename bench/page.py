"""docs/performance.md, whose tables the commands of bench/ write."""
from machine import ROOT


def put_into_page(tables):
    """Tables: name, lines of the header, rows. Each row goes in the place of the row of the same
    title, or to the end of its table; a table without rows stays as it is."""
    page = ROOT / "docs" / "performance.md"
    text = page.read_text()
    for name, header, rows in tables:
        if not rows:
            continue
        begin, finish = f"<!-- {name} begins -->\n", f"<!-- {name} ends -->"
        before, rest = text.split(begin)
        old, after = rest.split(finish)
        kept = {line.split(" | ")[0]: line for line in old.splitlines()[2:]}
        kept |= {line.split(" | ")[0]: line for line in rows}
        text = before + begin + "\n".join([*header, *kept.values()]) + "\n" + finish + after
    page.write_text(text)
