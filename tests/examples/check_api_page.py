"""docs/api.md is for programmers who paste from it: its first requests in JavaScript, Java and Go are run as they stand there.

  check_api_page.py PROGRAM SOURCE_FOLDER

Runs those whose tools are there, and names the others. (curl and Python, which always are: tests/system/api_page_test.cpp.)
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from check_examples import coupon, relay, started

TIMEOUT_S = 120
# What the page leaves to the reader: imports, and a main that says what came.
JS = """{page}
console.log(JSON.stringify(await issue(process.argv[2], process.argv[3], process.argv[4])));
"""
JAVA = """
import java.net.*;
import java.net.http.*;
import java.time.*;
class Page {{
{page}
  public static void main(String[] a) throws Exception {{
    System.out.println(new Page().issue(a[0], Long.parseLong(a[1]), Long.parseLong(a[2])).body());
  }}
}}
"""
GO = """package main
import ("context"; "fmt"; "io"; "net/http"; "os"; "strconv"; "strings"; "time")
{page}
func main() {{
	coupon, _ := strconv.ParseInt(os.Args[2], 10, 64)
	user, _ := strconv.ParseInt(os.Args[3], 10, 64)
	answer, err := issue(context.Background(), os.Args[1], coupon, user)
	if err != nil {{
		panic(err)
	}}
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(string(body))
}}
"""


def block(page, language):
    return re.search(f"```{language}\n(.*?)```", page, re.S).group(1)


def callers(page, folder):
    """name: its command line, or None where there is no tool."""
    found = dict.fromkeys(("js", "java", "go"))
    node = shutil.which("node") or shutil.which("nodejs")
    if node and int(subprocess.run([node, "-p", "process.versions.node"], capture_output=True, text=True).stdout.split(".")[0]) >= 18:
        (folder / "page.mjs").write_text(JS.format(page=block(page, "js")))
        found["js"] = [node, folder / "page.mjs"]
    if (javac := shutil.which("javac")) and (java := shutil.which("java")):
        (folder / "Page.java").write_text(JAVA.format(page=block(page, "java")))
        subprocess.run([javac, "-d", folder, folder / "Page.java"], check=True, timeout=TIMEOUT_S)
        found["java"] = [java, "-cp", folder, "Page"]
    if go := shutil.which("go"):
        (folder / "page.go").write_text(GO.format(page=block(page, "go")))
        environment = {"HOME": str(folder), **os.environ, "GOTOOLCHAIN": "local", "GO111MODULE": "off", "CGO_ENABLED": "0"}
        subprocess.run([go, "build", "-o", folder / "page", folder / "page.go"], check=True, env=environment)
        found["go"] = [folder / "page"]
    return found


def heard(command, *arguments):
    done = subprocess.run([*map(str, command), *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT_S)
    return done.stdout + done.stderr


def main(program, source):
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        known = callers((pathlib.Path(source) / "docs/api.md").read_text(encoding="utf-8"), folder)
        node, port = started(program, folder)
        try:
            token, url = (folder / "data/admin.token").read_text().strip(), f"http://127.0.0.1:{port}"
            for name, command in known.items():
                if command is None:
                    continue
                one = coupon(port, token, 1)
                for what, user, wanted in ((one, 42, '"sequence":1,'), (one, 42, '"sequence":1,'), (one, 43, '"code":"sold_out"'),
                                           (999999, 42, '"code":"coupon_not_found"')):
                    if wanted not in (said := heard(command, url, what, user)):
                        found.append(f"{name}, coupon {what}, user {user}: {said}, and not {wanted}")
                between = relay(port)
                between.posts = 1  # it has done with losing answers: the next one is told 503
                said = heard(command, between.url, coupon(port, token, 1), 44)
                if '"sequence":1,' not in said or between.posts != 3:
                    found.append(f"{name}, with a 503: {said} after {between.posts - 1} requests")
        finally:
            node.terminate()
            node.wait()
    missing = [name for name, command in known.items() if command is None]
    print("\n".join(found) if found else f"fine: {', '.join(set(known) - set(missing))}; no tool for: {', '.join(missing) or 'none'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
