"""Flame graphs: from the samples of `perf script` to an SVG without scripts."""
import html
import re

WIDTH, ROW, LEAST = 1200, 17, 0.002  # pixels, pixels, the smallest share that is drawn
COLOURS = {"kernel": "#e8a33d", "muzn": "#7fb87f", "library": "#8fb3d9"}
SAMPLE = re.compile(r"^\s+[0-9a-f]+ (.*) \(([^()]*)\)$")


def plain(symbol):
    """A function's name without arguments, templates' arguments and what each has in common."""
    symbol = re.sub(r"\+0x[0-9a-f]+$", "", symbol)
    symbol = re.sub(r"\[clone [^\]]*\]|\[abi:cxx11\]", "", symbol).replace("(anonymous namespace)::",
                                                                         "")
    out, depth = "", 0
    for at, c in enumerate(symbol.strip()):
        opens = c in "<(" and not symbol.startswith("operator", max(at - 8, 0), at)
        depth += opens
        if depth == 0:
            out += c
        depth -= c in ">)" and depth > 0
    return (out.strip().split(" ")[-1] or symbol).removeprefix("muzn::")


def kind(place):
    return "kernel" if "kernel" in place else "muzn" if place.endswith("muzn") else "library"


def stacks(script):
    """Each sample of `perf script -F ip,sym,dso`: (name, kind) from the bottom up."""
    stack = []
    for line in [*script.splitlines(), ""]:
        found = SAMPLE.match(line)
        if found:
            stack.append((plain(found[1]), kind(found[2])))
        elif stack:
            yield stack[::-1]
            stack = []


class Node:
    def __init__(self):
        self.count, self.children = 0, {}


def tree(samples):
    root = Node()
    for stack in samples:
        root.count += 1
        node = root
        for frame in stack:
            node = node.children.setdefault(frame, Node())
            node.count += 1
    return root


def shares(samples):
    """Of all samples, by the kind of the function that ran."""
    counts = dict.fromkeys(COLOURS, 0)
    for stack in samples:
        counts[stack[-1][1]] += 1
    return {name: count / max(len(samples), 1) for name, count in counts.items()}


def boxes(node, total, left=0.0, depth=0):
    """(name, kind, left, width, depth) of what is wide enough; left and width are shares."""
    for (name, of), child in sorted(node.children.items()):
        width = child.count / total
        if width >= LEAST:
            yield name, of, left, width, depth
            yield from boxes(child, total, left, depth + 1)
        left += width


def svg(title, samples):
    root = tree(samples)
    drawn = list(boxes(root, max(root.count, 1)))
    height = (max((box[4] for box in drawn), default=0) + 3) * ROW
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
           'font-family="monospace" font-size="11">',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
           f'<text x="4" y="13">{html.escape(title)}</text>']
    for name, of, left, width, depth in drawn:
        x, w, y = left * WIDTH, width * WIDTH, height - (depth + 1) * ROW
        text = html.escape(name[:int(w / 6.7)]) if w > 24 else ""
        out.append(f'<g><title>{html.escape(name)} {width:.1%}</title><rect x="{x:.1f}" y="{y}" '
                   f'width="{w:.1f}" height="{ROW - 1}" fill="{COLOURS[of]}"/>'
                   + (f'<text x="{x + 2:.1f}" y="{y + 12}">{text}</text>' if text else "") + "</g>")
    return "\n".join([*out, "</svg>"]) + "\n"
