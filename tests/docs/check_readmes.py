"""README.md and README.ko.md must say the same: the same code blocks, headings and links.

  check_readmes.py SOURCE_FOLDER

What stands after a `#` in a code block may be translated, and so may prose. Prints a diff, and exits with 1.
"""
import difflib
import pathlib
import re
import sys

NAMES = ("README.md", "README.ko.md")
FENCE = re.compile(r"^\s*```")
COMMENT = re.compile(r"(^|\s+)#\s.*$")
HEADING = re.compile(r"^(#+) ")
LINK = re.compile(r"\]\(([^)]+)\)")
SELF_LINK = re.compile(r"README\.md$|.*\.ko\.md$")  # each README links to the other one; pages in Korean are for one of them


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"[^\w\- ]", "", heading.lstrip("# ").strip().lower())
    return "#" + text.replace(" ", "-")


def read(file):
    """(lines of the code blocks without comments, levels of the headings, anchors, targets of the links)"""
    code, levels, anchors, links = [], [], [], []
    in_code = False
    for line in file.read_text(encoding="utf-8").splitlines():
        if FENCE.match(line):
            in_code = not in_code
            code.append("```" if in_code else "``` end")
        elif in_code:
            code.append(COMMENT.sub("", line).rstrip())
        else:
            if heading := HEADING.match(line):
                levels.append(heading.group(1))
                anchors.append(slug(line))
            links += [target for target in LINK.findall(line) if not SELF_LINK.match(target)]
    return code, levels, anchors, links


def by_position(links, anchors):
    """An anchor of the page itself is translated with its heading: told by the heading's position. The order of the links is free."""
    return sorted(f"heading {anchors.index(link)}" if link in anchors else link for link in links)


def difference(what, first, second):
    return list(difflib.unified_diff(first, second, f"{NAMES[0]}: {what}", f"{NAMES[1]}: {what}", lineterm="", n=1))


def main(folder):
    english, korean = (read(folder / name) for name in NAMES)
    found = difference("code blocks", english[0], korean[0])
    found += difference("levels of the headings", english[1], korean[1])
    found += difference("links", by_position(english[3], english[2]), by_position(korean[3], korean[2]))
    for name, (_, _, anchors, links) in zip(NAMES, (english, korean)):
        found += [f"{name}: no heading for {link}" for link in links if link.startswith("#") and link not in anchors]
        found += [f"{name}: no file {link}" for link in links
                  if not link.startswith("#") and "://" not in link and not (folder / link.split("#")[0]).exists()]
        other = NAMES[1 - NAMES.index(name)]
        if f"]({other})" not in (folder / name).read_text(encoding="utf-8"):
            found.append(f"{name}: no link to {other}")
    print("\n".join(found) if found else "The READMEs agree.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
