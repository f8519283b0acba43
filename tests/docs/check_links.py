"""Every link of every page leads to a file that is there and, with a #, to a heading of it.

  check_links.py SOURCE_FOLDER

Pages: the Markdown files at the top, in bench/, docs/, deploy/, examples/, findings/, lab/, load-test/ and tests/. Addresses of
other sites are not asked. Prints each link that leads nowhere, and exits with 1.
"""
import pathlib
import re
import sys

FOLDERS = ("bench", "docs", "deploy", "examples", "findings", "lab", "load-test", "packaging", "tests")
FENCE = re.compile(r"^\s*```")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HTML_LINK = re.compile(r"(?:src|srcset|href)=\"([^\"\s]+)\"")
HEADING = re.compile(r"^#+ +(.*?)\s*#*$")


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def read(page):
    """(targets of the links with their lines, anchors)"""
    links, anchors, seen, in_code = [], set(), {}, False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            in_code = not in_code
        elif not in_code:
            if heading := HEADING.match(line):
                name = slug(heading.group(1))
                anchors.add(name if name not in seen else f"{name}-{seen[name]}")
                seen[name] = seen.get(name, 0) + 1
            prose = re.sub(r"`[^`]*`", "", line)
            links += [(number, target) for target in LINK.findall(prose) + HTML_LINK.findall(prose)]
    return links, anchors


def main(folder):
    folder = folder.resolve()
    pages = [*folder.glob("*.md"), *(page for name in FOLDERS for page in (folder / name).rglob("*.md"))]
    known = {page.resolve(): read(page) for page in pages}
    found, count = [], 0
    for page, (links, _) in known.items():
        for line, target in links:
            if re.match(r"[a-z]+:", target):
                continue
            count += 1
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            where = f"{page.relative_to(folder)}:{line}"
            if not file.exists():
                found.append(f"{where}: there is no {target}")
            elif anchor and file in known and anchor not in known[file][1]:
                found.append(f"{where}: {path or page.name} has no heading #{anchor}")
    print("\n".join(found) if found else f"{count} links of {len(pages)} pages lead somewhere.")
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
