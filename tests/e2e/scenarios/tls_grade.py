"""What an outside examiner says about our TLS."""
import json
import shutil
import subprocess

from harness import Server, World, check, scenario

# What has to be among the answers, so that an examiner that looked at nothing does not pass. Grade A as testssl.sh and its like
# give it: TLS 1.2 and 1.3 and nothing older, no weak class of ciphers, forward secrecy for everybody, the server's order.
EXPECTED = {"SSLv2": "not offered", "SSLv3": "not offered", "TLS1": "not offered", "TLS1_1": "not offered",
            "TLS1_2": "offered", "TLS1_3": "offered",
            "cipherlist_NULL": "not offered", "cipherlist_aNULL": "not offered", "cipherlist_EXPORT": "not offered",
            "cipherlist_LOW": "not offered", "cipherlist_3DES_IDEA": "not offered", "cipherlist_AVERAGE": "not offered",
            "cipherlist_STRONG": "offered", "PFS": "offered", "cipher_order": "server",
            "protocol_negotiated": "Default protocol TLS1.3", "cipher_negotiated": "TLS_AES_256_GCM_SHA384"}
# Known weaknesses that have to have been looked for; none of them may be worse than OK or INFO.
LOOKED_FOR = ["heartbleed", "CCS", "ticketbleed", "ROBOT", "secure_renego", "CRIME_TLS", "POODLE_SSL", "SWEET32", "FREAK", "DROWN",
              "LOGJAM", "BEAST", "LUCKY13", "RC4"]
# Seconds. It makes some hundred handshakes, each with a process of its own: a busy machine needs minutes.
PATIENCE = 900


@scenario("testssl.sh finds nothing below grade A in protocols, ciphers, forward secrecy and known weaknesses", long=True)
def testssl_grade(world: World) -> None:
    check(shutil.which("testssl") is not None, "testssl is missing: ./dev setup installs it")
    server = Server(world).start()
    found = world.folder / "testssl.json"
    # Protocols, standard ciphers, forward secrecy, preference, vulnerabilities. Not the certificate: a local authority's
    # has no revocation list.
    command = ["timeout", str(PATIENCE), "testssl", "--quiet", "--warnings", "off", "--color", "0", "--ip", "127.0.0.1",
               "-p", "-s", "-f", "-P", "-U", "--jsonfile", str(found), f"https://localhost:{server.port}"]
    with open(world.folder / "testssl.log", "w") as log:
        subprocess.run(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)
    findings = json.loads(found.read_text())
    said = {finding["id"]: finding for finding in findings}
    for name, what in EXPECTED.items():
        check(name in said and said[name]["finding"].startswith(what), f"{name}: {said.get(name)}")
    for name in LOOKED_FOR:
        check(any(f["id"] == name or f["id"].startswith(name + "_") for f in findings), f"nobody looked for {name}")
    # "engine_problem" is about the examiner's own OpenSSL.
    bad = [f"{finding['id']}: {finding['severity']}: {finding['finding']}" for finding in findings
           if finding["severity"] not in ("OK", "INFO") and finding["id"] != "engine_problem"]
    check(not bad, "\n".join(bad))
    world.note("findings", {s: sum(f["severity"] == s for f in findings) for s in ("OK", "INFO")})
