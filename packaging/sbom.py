"""What the packages are made of, as SPDX 2.3 in JSON.

  sbom.py VERSION PROGRAM…

The libraries that are loaded at run time, and the packages of headers that are compiled in, with the versions that dpkg
knows. The time is SOURCE_DATE_EPOCH, so that the same build gives the same file.
"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

# Of what ./dev packages build names: the headers of these, and a script, come into the program, the others are loaded or are tools.
COMPILED_IN = re.compile(r"^((libboost.*|libcli11|libspdlog|libtomlplusplus|prometheus-cpp)-dev|libjs-chart\.js)$")
DEV = pathlib.Path(__file__).resolve().parent.parent / "dev"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def libraries(*programs):
    """The packages of the files that the loader would load."""
    names = set()
    for path in re.findall(r"=> (/\S+)", "".join(run("ldd", program) for program in programs)):
        real = os.path.realpath(path)
        names |= {path, real, real.removeprefix("/usr")}
    # It answers for those that it knows, and then says no for the others.
    said = subprocess.run(["dpkg-query", "--search", *sorted(names)], capture_output=True, text=True).stdout
    return sorted({package.split(":")[0] for package in re.findall(r"^(\S+): ", said, re.M)})


def compiled_in():
    installed = run("dpkg-query", "-W", "-f=${db:Status-Status} ${Package}\n").splitlines()
    return {name for name in run(DEV, "packages", "build").split() if COMPILED_IN.match(name) and f"installed {name}" in installed}


def component(name, how):
    source, version, architecture = run("dpkg-query", "-W", "-f=${source:Package}\t${Version}\t${Architecture}\n",
                                        name).splitlines()[0].split("\t")
    release = re.search(r"^ID=(\w+)", pathlib.Path("/etc/os-release").read_text(), re.M)
    return {"SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name), "name": name, "versionInfo": version,
            "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "comment": f"{how}; source package {source}; licence in /usr/share/doc/{name}/copyright",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/{release.group(1) if release else 'debian'}/{name}@{version}?arch={architecture}"}]}


def main(version, *programs):
    when = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    digest = hashlib.sha256(b"".join(pathlib.Path(p).read_bytes() for p in programs)).hexdigest()
    parts = [component(name, "loaded at run time") for name in libraries(*programs)]
    parts += [component(name, "compiled in") for name in sorted(compiled_in())]
    own = {"SPDXID": "SPDXRef-firstcome", "name": "firstcome", "versionInfo": version, "downloadLocation": "NOASSERTION",
           "filesAnalyzed": False, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",
           "copyrightText": "NOASSERTION", "primaryPackagePurpose": "APPLICATION"}
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": own["SPDXID"]}]
    relations += [{"spdxElementId": own["SPDXID"], "relationshipType": "DEPENDS_ON" if p["comment"].startswith("loaded") else "CONTAINS",
                   "relatedSpdxElement": p["SPDXID"]} for p in parts]
    json.dump({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"firstcome-{version}",
               "documentNamespace": f"https://firstcome.example/spdx/{version}/{digest}",
               "creationInfo": {"created": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: packaging/sbom.py"]},
               "packages": [own, *parts], "relationships": relations}, sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
