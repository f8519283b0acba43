"""Manual pages, completions and the settings file, from what the programs say of themselves with --help.

  pages.py PROGRAM LAB VERSION OUTPUT_FOLDER

Writes man/*.1, man/firstcome.toml.5, firstcome.bash, _firstcome (zsh) and firstcome.toml. So a flag that is added to
the program stands in all of them with the next build.
"""
import datetime
import os
import pathlib
import re
import subprocess
import sys
import textwrap

from dataclasses import dataclass, field

OPTION = re.compile(r"^ {2}(-\S.*?)(?: {2,}(\S.*))?$")
SUBCOMMAND = re.compile(r"^ {2}([a-z][a-z-]*) {2,}(\S.*)$")
SETTING = re.compile(r"^\[(?:default (?P<default>.*), )?(?P<variable>FIRSTCOME_\w+)\]$")
# Their defaults depend on the machine that builds; the descriptions say how.
OF_THE_MACHINE = {"FIRSTCOME_THREADS"}


@dataclass
class option:
    names: str  # "--listen ADDRESS:PORT", "-h,--help"
    words: list = field(default_factory=list)  # its description, and the line in brackets

    @property
    def flags(self):
        return re.findall(r"(?<![\w-])--?[a-z][a-z-]*", self.names.split(" ")[0])

    @property
    def placeholder(self):
        return self.names.split(" ", 1)[1].removesuffix(", required") if " " in self.names else ""

    @property
    def setting(self):
        return next((m for w in self.words if (m := SETTING.match(w))), None)

    @property
    def text(self):
        return [w for w in self.words if not SETTING.match(w)]


@dataclass
class command:
    words: list
    description: str = ""
    sections: dict = field(default_factory=dict)  # heading: its options
    subcommands: dict = field(default_factory=dict)  # name: what it does
    footer: str = ""


def said_by(program, words):
    # Free of the caller's settings: a default that the environment gave would be shown.
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "COLUMNS": "120"}
    return subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True, env=environment).stdout


def read_help(text, words):
    found = command(words)
    lines = text.splitlines()
    found.description = next(line for line in lines if line.strip()).strip()
    heading, options = None, None
    for i, line in enumerate(lines[1:], 1):
        if re.match(r"^usage:", line, re.I) or not line.strip() or line.strip() == found.description:
            continue
        if not line.startswith(" "):
            if not line.endswith(":") or line == "Examples:":
                found.footer = "\n".join(lines[i:]).rstrip()
                break
            heading = line.rstrip(":")
            if heading.lower() == "subcommands":
                options = None
            elif heading.startswith("Settings of "):  # of the command above, whose page tells them
                options = []
            else:
                options = found.sections.setdefault(heading, [])
        elif options is None:
            if match := SUBCOMMAND.match(line):
                found.subcommands[match.group(1)] = match.group(2)
        elif match := OPTION.match(line):
            options.append(option(match.group(1), [match.group(2)] if match.group(2) else []))
        elif options:
            options[-1].words.append(line.strip())
    return found


def read_all(program, lab):
    """Every command and every command of a command, in the order in which the help names them."""
    root = read_help(said_by(program, []), [])
    found = [root]
    for name in root.subcommands:
        one = read_help(said_by(lab if name == "lab" else program, [name]), [name])
        found.append(one)
        found += [read_help(said_by(program, [name, sub]), [name, sub]) for sub in one.subcommands]
    return found


# ---- manual pages ----------------------------------------------------------------------------------------------------

def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.splitlines())


def roff_options(sections):
    for heading, options in sections.items():
        yield f".SS {roff(heading)}"
        for one in options:
            yield f".TP\n.B {roff(one.names)}"
            words = one.text
            if m := one.setting:
                default = m["default"] if m["variable"] not in OF_THE_MACHINE else None
                words = words + [f"[{'default ' + default + ', ' if default else ''}{m['variable']}]"]
            yield "\n.br\n".join(map(roff, words))


def without_examples(own, parent):
    """CLI11 shows the footer of a command under its own commands too: once is enough."""
    return "" if parent is not None and own.footer == parent.footer else own.footer


def page(found, all_commands, root, version, day):
    name = "-".join(["firstcome", *found.words])
    plain = " ".join(["firstcome", *found.words])
    out = [f'.TH {name.upper()} 1 "{day}" "firstcome {version}" "User Commands"',
           f".SH NAME\n{roff(name)} \\- {roff(found.description.removeprefix('firstcome ').rstrip('.'))}",
           f".SH SYNOPSIS\n.B {roff(plain)}\n[options]" + (" command" if found.subcommands else "")]
    if found.subcommands:
        out.append(".SH COMMANDS")
        for sub, text in found.subcommands.items():
            out.append(f".TP\n.B {roff(sub)}\n{roff(text)}")
    out += [".SH OPTIONS", *roff_options(found.sections)]
    for sub in [c for c in all_commands if found.words and len(c.words) == 2 and c.words[0] == found.words[0]]:
        out += [f".SH {roff(' '.join(['firstcome', *sub.words])).upper()}", roff(sub.description) + ".", *roff_options(sub.sections)]
        if footer := without_examples(sub, found):
            out += [".PP", ".nf", roff(footer), ".fi"]
    footer = found.footer if not found.words or found.footer != root.footer else ""
    if footer:
        out += [".SH NOTES", ".nf", roff(footer), ".fi"]
    pages = [f".BR {roff('firstcome-' + c.words[0])} (1)" for c in all_commands if len(c.words) == 1 and c.words != found.words]
    out += [".SH SEE ALSO", ",\n".join([*([] if not found.words else [".BR firstcome (1)"]), *pages, ".BR firstcome.toml (5)"])]
    return "\n".join(out) + "\n"


def settings_page(commands, version, day):
    out = [f'.TH FIRSTCOME.TOML 5 "{day}" "firstcome {version}" "File Formats"',
           ".SH NAME\nfirstcome.toml \\- settings of firstcome", ".SH SYNOPSIS\n.B /etc/firstcome/firstcome.toml",
           ".SH DESCRIPTION\nThe units of the package read this file; any command reads the file that\n.B \\-\\-config\nnames.",
           "It has a table for each command. Keys are the long flags without their dashes. A flag comes before the environment,",
           "the environment before the file, and the file before the default. A key or a table that is not known is refused, with its line."]
    for one in commands:
        if settings := settings_of(one):
            out.append(f".SH {roff('[' + ' '.join(one.words) + ']')}")
            for s in settings:
                m = s.setting
                default = f" Default: {m['default']}." if m["default"] and m["variable"] not in OF_THE_MACHINE else ""
                out.append(f".TP\n.B {roff(s.flags[-1].lstrip('-'))}\n{roff(' '.join(s.text))}.{roff(default)}")
    return "\n".join(out + [".SH SEE ALSO", ".BR firstcome (1)"]) + "\n"


# ---- the settings file -----------------------------------------------------------------------------------------------

def settings_of(found):
    return [o for options in found.sections.values() for o in options if o.setting]


def toml_value(one):
    m = one.setting
    default = "" if m["variable"] in OF_THE_MACHINE else m["default"] or ""
    if not one.placeholder:
        return "true"
    if re.fullmatch(r"\d+", default):
        return default
    if one.placeholder in ("N", "MS") and not default:
        return "1"
    return '"' + (default or one.placeholder).replace("\\", "\\\\").replace('"', '\\"') + '"'


def settings_file(commands):
    out = ["# Settings of firstcome: firstcome.toml(5). Each line that is commented out shows the default, or an example where",
           "# there is none. The units of the package read this file; passwords may stand here, it is not for everybody to read.",
           "# After a change: systemctl restart firstcome-serve (or firstcome-api@PORT, firstcome-worker@PORT).", ""]
    for one in commands:
        if len(one.words) != 1 or one.words == ["lab"] or not (settings := settings_of(one)):
            continue
        out += [f"[{one.words[0]}]"]
        for s in settings:
            out += textwrap.wrap(" ".join(s.text), 118, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
            out += [f"#{s.flags[-1].lstrip('-')} = {toml_value(s)}", ""]
    return "\n".join(out)


# ---- completions -----------------------------------------------------------------------------------------------------

def flags_of(found):
    return sorted({f for options in found.sections.values() for o in options for f in o.flags if f.startswith("--")})


def bash_completion(commands):
    cases = []
    for one in commands:
        words = " ".join([*one.subcommands, *flags_of(one)])
        cases.append(f'    "{" ".join(one.words)}") words="{words}" ;;')
    files, folders = values_of(commands, ("PATH", "FILE")), values_of(commands, ("FOLDER",))
    nested = "|".join(one.words[0] for one in commands if len(one.words) == 1 and one.subcommands)
    choices = [f'    {flag}) COMPREPLY=($(compgen -W "{words}" -- "$word")); return ;;' for flag, words in choices_of(commands)]
    return "\n".join([
        "# bash completion for firstcome",
        "_firstcome() {",
        '  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} path="" each words',
        '  for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
        "    [[ $each == [a-z]* ]] || continue",
        f'    case "$path" in',
        '      "") path=$each ;;',
        f'      {nested}) path="$path $each"; break ;;',
        "      *) break ;;",
        "    esac",
        "  done",
        '  case "$before" in',
        f'    {files}) COMPREPLY=($(compgen -f -- "$word")); return ;;',
        f'    {folders}) COMPREPLY=($(compgen -d -- "$word")); return ;;',
        *choices,
        "  esac",
        '  case "$path" in', *cases, '    *) words="" ;;', "  esac",
        '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
        "}",
        "complete -F _firstcome firstcome", ""])


def values_of(commands, placeholders):
    return "|".join(sorted({o.flags[-1] for c in commands for os_ in c.sections.values() for o in os_ if o.placeholder in placeholders}))


def choices_of(commands):
    found = {o.flags[-1]: o.placeholder.replace("|", " ") for c in commands for os_ in c.sections.values() for o in os_
             if re.fullmatch(r"[\w-]+(\|[\w-]+)+", o.placeholder)}
    return sorted(found.items())


def zsh_text(text):
    return re.sub(r"([\[\]:'\\])", lambda m: "'\\''" if m.group(1) == "'" else "\\" + m.group(1), text)


def zsh_options(found):
    for options in found.sections.values():
        for one in options:
            text = zsh_text(one.text[0] if one.text else "")
            action = {"PATH": "_files", "FILE": "_files", "FOLDER": "_files -/"}.get(one.placeholder, "")
            if re.fullmatch(r"[\w-]+(\|[\w-]+)+", one.placeholder):
                action = "(" + one.placeholder.replace("|", " ") + ")"
            value = f":{zsh_text(one.placeholder)}:{action}" if one.placeholder else ""
            yield f"'{one.flags[-1]}{'=' if value else ''}[{text}]{value}'"


def zsh_level(found, commands, depth):
    """One `_arguments`, and below it one for each sub-command."""
    lines = [" ".join(["_arguments -C", *zsh_options(found), *(["'1:command:->command'", "'*::arg:->rest'"] if found.subcommands else [])])]
    if found.subcommands:
        names = " ".join(f"'{name}:{zsh_text(text)}'" for name, text in found.subcommands.items())
        lines += ["case $state in", f"  command) local -a names=({names}); _describe command names ;;", "  rest) case $words[1] in"]
        for name in found.subcommands:
            below = next((c for c in commands if c.words == [*found.words, name]), None)
            if below:
                inner = zsh_level(below, commands, depth + 1)
                lines += [f"    {name})", *("      " + line for line in inner), "    ;;"]
        lines += ["  esac ;;", "esac"]
    return lines


def zsh_completion(commands):
    body = "\n".join("  " + line for line in zsh_level(commands[0], commands, 0))
    return f"#compdef firstcome\n_firstcome() {{\n  local curcontext=$curcontext state line\n  typeset -A opt_args\n{body}\n}}\n_firstcome \"$@\"\n"


def main(program, lab, version, folder):
    folder = pathlib.Path(folder)
    (folder / "man").mkdir(parents=True, exist_ok=True)
    when = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    day = when.strftime("%Y-%m-%d")
    commands = read_all(program, lab)
    for one in commands:
        if len(one.words) <= 1:
            name = "-".join(["firstcome", *one.words]) + ".1"
            (folder / "man" / name).write_text(page(one, commands, commands[0], version, day), encoding="utf-8")
    (folder / "man/firstcome.toml.5").write_text(settings_page(commands, version, day), encoding="utf-8")
    (folder / "firstcome.toml").write_text(settings_file(commands), encoding="utf-8")
    (folder / "firstcome.bash").write_text(bash_completion(commands), encoding="utf-8")
    (folder / "_firstcome").write_text(zsh_completion(commands), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
