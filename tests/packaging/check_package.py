"""The packages: built twice, the same bytes; what must be in them; settings that the program takes.

  check_package.py PROGRAM LAB SOURCE_FOLDER

Nothing is installed. Compression is left out: it takes the longest, and is dpkg's own.
"""
import gzip
import os
import pathlib
import re
import subprocess
import sys
import tempfile

COMMANDS = ("serve", "api", "worker", "migrate", "coupon", "audit", "dead-letters")
FILES = ["usr/bin/firstcome", "etc/firstcome/firstcome.toml", "usr/lib/sysusers.d/firstcome.conf",
         *(f"lib/systemd/system/firstcome-{unit}.service" for unit in ("serve", "api@", "worker@")),
         "usr/share/bash-completion/completions/firstcome", "usr/share/zsh/vendor-completions/_firstcome",
         "usr/share/doc/firstcome/copyright", "usr/share/doc/firstcome/changelog.gz", "usr/share/man/man1/firstcome.1.gz",
         "usr/share/man/man5/firstcome.toml.5.gz", *(f"usr/share/man/man1/firstcome-{c}.1.gz" for c in COMMANDS)]
LAB_FILES = ["usr/bin/firstcome-lab", "usr/share/man/man1/firstcome-lab.1.gz", "usr/share/doc/firstcome-lab/changelog.gz"]


def make(source, program, lab, output):
    # Without ccache's or the caller's settings, and with a time that does not depend on where the source lies.
    environment = {**os.environ, "FIRSTCOME_PACKAGE_COMPRESSION": "none", "SOURCE_DATE_EPOCH": "1700000000"}
    done = subprocess.run([source / "packaging/make", program, lab, output], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"packaging/make failed:\n{done.stdout}{done.stderr}")
    return {file.name: file.read_bytes() for file in output.iterdir()}


def missing(root, files):
    return [f"{root.name}: there is no {file}" for file in files if not (root / file).is_file()]


def refused_settings(program, root, folder):
    """Every line of the settings file is one that its command knows: an unknown key is refused before all else."""
    text = re.sub(r"^#([a-z][a-z-]* = )", r"\1", (root / "etc/firstcome/firstcome.toml").read_text(), flags=re.M)
    if not re.search(r'^listen = "127.0.0.1:8080"$', text, re.M):
        return ["firstcome.toml does not show serve's listen with its default"]
    found = []
    for command in COMMANDS:
        file = folder / f"{command}.toml"
        # Of the keys that are not known, the first of the alphabet is named: when it is this one, all others are known.
        file.write_text(text.replace(f"[{command}]\n", f"[{command}]\nzzz = 1\n"))
        words = [command, "--config", file, *(["list"] if command in ("coupon", "dead-letters") else [])]
        said = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, cwd=folder,
                              env={"PATH": os.environ["PATH"]}).stderr
        if f'[{command}] has no setting "zzz"' not in said:
            found.append(f"{command} says of the settings file: {said.strip()[:400]}")
    return found


def wrong_pages(root):
    found = []
    for page in sorted((root / "usr/share/man").rglob("*.gz")):
        text = gzip.open(page, "rt", encoding="utf-8").read()
        if not text.startswith(".TH ") or ".SH NAME" not in text:
            found.append(f"{page.name} is no manual page")
    text = gzip.open(root / "usr/share/man/man1/firstcome-serve.1.gz", "rt", encoding="utf-8").read()
    if r"\-\-max\-connections" not in text:
        found.append("firstcome-serve.1 does not name --max-connections")
    return found


def wrong_completion(root):
    """Bash itself reads the completion: `firstcome coupon cr`, then `firstcome serve --user-auth j`."""
    script = f"source {root}/usr/share/bash-completion/completions/firstcome\n"
    for words in ("firstcome coupon cr", "firstcome serve --user-auth j"):
        script += f"COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _firstcome; echo ${{COMPREPLY[@]}}\n"
    said = subprocess.run(["bash", "-c", script], capture_output=True, text=True).stdout.split()
    return [] if said == ["create", "jwt"] else [f"completion answers {said}"]


def main(program, lab, source):
    source = pathlib.Path(source)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        first, second = (make(source, program, lab, folder / turn) for turn in ("first", "second"))
        found = [f"{file} differs when built again" for file in first if first[file] != second.get(file)]
        debs = {file.split("_")[0]: folder / "first" / file for file in first if file.endswith(".deb")}
        for package, deb in debs.items():
            subprocess.run(["dpkg-deb", "-x", deb, folder / package], check=True)
        found += [f"there is no package {p}" for p in ("firstcome", "firstcome-lab", "firstcome-dbgsym", "firstcome-lab-dbgsym") if p not in debs]
        if not found:
            found += missing(folder / "firstcome", FILES) + missing(folder / "firstcome-lab", LAB_FILES)
        if not found:
            found += refused_settings(program, folder / "firstcome", folder) + wrong_pages(folder / "firstcome")
            found += wrong_completion(folder / "firstcome")
        if not any(file.endswith(".spdx.json") and b'"SPDX-2.3"' in data and b"sqlite" in data for file, data in first.items()):
            found.append("there is no SBOM that names SQLite")
    print("\n".join(found) if found else f"{len(first)} files, the same twice")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
