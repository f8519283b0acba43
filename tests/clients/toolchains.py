"""What makes, compiles and runs a client in each language. Everything that they fetch lies in the folder of the run, not in a home."""
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
STEP_TIMEOUT_S = 1200


class failed(Exception):
    pass


def missing_of(programs):
    return ", ".join(each for each in programs if not shutil.which(each))


def run(command, folder, log, environment=None):
    """Raises `failed` with the last line of what it said; all of it is in the log."""
    with open(log, "a") as out:
        out.write(f"$ {' '.join(map(str, command))}\n")
        out.flush()
        try:
            ended = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=STEP_TIMEOUT_S,
                                   env={**os.environ, **(environment or {})})
        except subprocess.TimeoutExpired:
            raise failed(f"still running after {STEP_TIMEOUT_S} s; {log}") from None
    if ended.returncode != 0:
        raise failed(f"exit code {ended.returncode}; {log}")


def first_line_of(*command):
    ended = subprocess.run(command, capture_output=True, text=True)
    return (ended.stdout + ended.stderr).strip().splitlines()[0]


def maven(folder):
    return ["mvn", "-B", "-q", f"-Dmaven.repo.local={folder / 'maven'}"]


def generate(jar, document, language, work, log):
    """Into WORK/made, from nothing: what another version left there would compile too."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    properties = ",".join(f"{name}={value}" for name, value in language.properties.items())
    run(["java", "-jar", jar, "generate", "-i", document, "-g", language.generator, "-o", work / "made",
         *(["--additional-properties", properties] if properties else [])], work, log)


class language:
    """One of them. `compile` gives the command that runs the client; its arguments are the URL, the token and the first user."""
    properties = {}
    has_64_bit_numbers = True

    def __init__(self, folder):
        self.folder = folder

    def why_not(self):
        missing = missing_of(self.programs)
        return f"there is no {missing} here" if missing else None


class python(language):
    name, generator, programs = "python", "python", ["python3"]

    def why_not(self):
        ended = subprocess.run(["python3", "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 9))"], capture_output=True)
        return super().why_not() or (None if ended.returncode == 0 else "python3 is before 3.9, or has no ensurepip (python3-venv)")

    def compile(self, work, version, ids, log):
        libraries = self.folder / "python"
        if not (libraries / "complete").exists():
            run(["python3", "-m", "venv", "--clear", libraries], work, log)
            run([libraries / "bin/pip", "install", "-q", "--require-hashes", "--no-cache-dir", "-r", HERE / "python/requirements.txt"],
                work, log)
            (libraries / "complete").touch()
        shutil.copy(HERE / "python/scenario.py", work / "made")
        run([libraries / "bin/python", "-m", "compileall", "-q", work / "made"], work, log)
        return [libraries / "bin/python", work / "made/scenario.py"]

    def versions(self):
        return first_line_of("python3", "--version")


class typescript(language):
    name, generator, programs = "typescript", "typescript-fetch", ["node", "npm"]
    has_64_bit_numbers = False

    def why_not(self):
        if why := super().why_not():
            return why
        return None if int(first_line_of("node", "--version")[1:].split(".")[0]) >= 18 else "node is before 18 (it has no fetch)"

    def compile(self, work, version, ids, log):
        tools = self.folder / "typescript"
        if not (tools / "complete").exists():
            tools.mkdir(exist_ok=True)
            for each in ("package.json", "package-lock.json"):
                shutil.copy(HERE / "typescript" / each, tools)
            run(["npm", "ci", "--silent", "--ignore-scripts", "--cache", self.folder / "npm"], tools, log)
            (tools / "complete").touch()
        (work / "made").rename(work / "openapi")
        for each in ("scenario.ts", "tsconfig.json"):
            shutil.copy(HERE / "typescript" / each, work)
        shutil.copy(HERE / f"typescript/ids_{'number' if ids == 'number' else 'text'}.ts", work / "ids.ts")
        (work / "node_modules").symlink_to(tools / "node_modules")
        run(["node", tools / "node_modules/typescript/bin/tsc", "-p", "."], work, log)
        return ["node", work / "out/scenario.js"]

    def versions(self):
        tsc = self.folder / "typescript/node_modules/typescript/bin/tsc"
        return f"node {first_line_of('node', '--version')}, tsc {first_line_of('node', tsc, '--version')}"


class go(language):
    name, generator, programs = "go", "go", ["go"]

    def compile(self, work, version, ids, log):
        (work / "openapi").mkdir()
        for each in (work / "made").glob("*.go"):
            each.rename(work / "openapi" / each.name)
        for each in (HERE / "go").iterdir():
            shutil.copy(each, work)
        tags = ["-tags", "text"] if ids == "string" else []
        environment = {"GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw", "GOPATH": str(self.folder / "go"),
                       "GOCACHE": str(self.folder / "go/cache"), "CGO_ENABLED": "0"}
        run(["go", "build", *tags, "-o", "scenario", "."], work, log, environment)
        return [work / "scenario"]

    def versions(self):
        return first_line_of("go", "version")


class java(language):
    name, generator, programs = "java", "java", ["javac", "mvn"]
    properties = {"library": "native"}

    def compile(self, work, version, ids, log):
        shutil.copytree(work / "made/src/main/java", work / "source")
        shutil.copy(HERE / "java/Scenario.java", work / "source")
        shutil.copy(HERE / f"java/{'number' if ids == 'number' else 'text'}/Ids.java", work / "source")
        shutil.copy(HERE / "java/pom.xml", work)
        run([*maven(self.folder), "compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath"], work, log)
        return ["java", "-Dstdout.encoding=UTF-8", "-cp", f"{work / 'target/classes'}:{(work / 'classpath').read_text()}", "Scenario"]

    def versions(self):
        return first_line_of("javac", "--version")


class rust(language):
    name, generator, programs = "rust", "rust", ["cargo"]
    # A version of our own in the generated package: the lock file names it, and ours would change with each release.
    properties = {"library": "reqwest", "packageVersion": "1.0.0"}

    def why_not(self):
        if why := super().why_not():
            return why
        found = first_line_of("cargo", "--version").split()[1]
        return None if tuple(map(int, found.split(".")[:2])) >= (1, 88) else f"cargo is {found}, and the libraries ask for 1.88"

    def compile(self, work, version, ids, log):
        (work / "made").rename(work / "openapi")
        shutil.copytree(HERE / "rust/src", work / "src")
        shutil.copy(HERE / "rust/Cargo.toml", work)
        (work / "Cargo.lock").write_text(self.lock(version, log))
        features = ["--features", "text"] if ids == "string" else []
        target = self.folder / f"cargo-target-{version}"
        environment = {"CARGO_HOME": str(self.home()), "CARGO_TARGET_DIR": str(target)}
        run(["cargo", "build", "-q", "--locked", *features], work, log, environment)
        return [target / "debug/clients"]

    def lock(self, version, log):
        """The pinned versions and checksums, with the name that this cargo gives to the place where crates come from."""
        probe = self.folder / "cargo-probe"
        (probe / "src").mkdir(parents=True, exist_ok=True)
        (probe / "src/lib.rs").touch()
        (probe / "Cargo.toml").write_text('[package]\nname = "probe"\nedition = "2021"\n[dependencies]\nlibc = "0.2"\n')
        run(["cargo", "generate-lockfile", "-q"], probe, log, {"CARGO_HOME": str(self.home())})
        source = next(line for line in (probe / "Cargo.lock").read_text().splitlines() if line.startswith("source = "))
        pinned = (HERE / f"rust/Cargo-{version}.lock").read_text()
        return pinned.replace("\nchecksum = ", f"\n{source}\nchecksum = ")

    def home(self):
        """Ours, but with the user's settings: they say where crates come from."""
        ours, theirs = self.folder / "cargo", pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
        ours.mkdir(exist_ok=True)
        if (theirs / "config.toml").exists() and not (ours / "config.toml").exists():
            (ours / "config.toml").symlink_to(theirs / "config.toml")
        return ours

    def versions(self):
        return first_line_of("cargo", "--version")


LANGUAGES = [python, typescript, go, java, rust]
