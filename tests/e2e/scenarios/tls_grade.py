"""What an outside examiner says about our TLS."""
import json
import shutil
import subprocess

from harness import Server, World, check, scenario

# What has to be among the answers, so that an examiner that looked at nothing does not pass.
EXPECTED = {"SSLv2": "not offered", "SSLv3": "not offered", "TLS1": "not offered", "TLS1_1": "not offered",
            "TLS1_2": "offered", "TLS1_3": "offered"}


@scenario("testssl.sh finds nothing below grade A in protocols, ciphers, forward secrecy and known weaknesses")
def testssl_grade(world: World) -> None:
    check(shutil.which("testssl") is not None, "testssl is missing: ./dev setup installs it")
    server = Server(world).start()
    found = world.folder / "testssl.json"
    # Protocols, standard ciphers, forward secrecy, preference, vulnerabilities. Not the certificate: a local authority's
    # has no revocation list.
    command = ["timeout", "170", "testssl", "--quiet", "--warnings", "off", "--color", "0", "--ip", "127.0.0.1",
               "-p", "-s", "-f", "-P", "-U", "--jsonfile", str(found), f"https://localhost:{server.port}"]
    with open(world.folder / "testssl.log", "w") as log:
        subprocess.run(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)
    findings = json.loads(found.read_text())
    said = {finding["id"]: finding for finding in findings}
    for name, what in EXPECTED.items():
        check(name in said and said[name]["finding"].startswith(what), f"{name}: {said.get(name)}")
    check(len(findings) > 40, f"only {len(findings)} findings")
    # "engine_problem" is about the examiner's own OpenSSL.
    bad = [f"{finding['id']}: {finding['severity']}: {finding['finding']}" for finding in findings
           if finding["severity"] not in ("OK", "INFO") and finding["id"] != "engine_problem"]
    check(not bad, "\n".join(bad))
    world.note("findings", {s: sum(f["severity"] == s for f in findings) for s in ("OK", "INFO")})
