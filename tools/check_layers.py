#!/usr/bin/env python3
"""Fails when a module includes what it may not, or when core/ uses a clock, a thread, a socket or a stream.

The table is the architecture: a newcomer may read it as such.
"""
import re
import sys

from tree import ROOT, files, strip_comments

# module -> what it may include besides itself. A prefix stands for everything below it.
ALLOWED = {
    "core/base": [],
    "core/crypto": ["core/base"],
    "core/hpke": ["core/base", "core/crypto"],
    "core/sframe": ["core/base", "core/crypto", "core/hpke"],
    "core/rtp": ["core/base"],
    # The C ABI that browsers load as WebAssembly.
    "core/wasm": ["core/base", "core/crypto", "core/hpke", "core/rtp", "core/sframe"],
    "core/srtp": ["core/base", "core/crypto"],
    # How things lie on a disk. The media worker includes none of it.
    "core/envelope": ["core/base", "core/crypto"],
    "core/ice": ["core/base", "core/crypto"],
    "core/media": ["core/base", "core/rtp"],
    "core/congestion": ["core/base", "core/rtp"],
    "core/wire": ["core/base"],
    "core/meeting": ["core/base", "core/wire"],
    "core/recording": ["core/base", "core/crypto", "core/envelope", "core/rtp", "core/media", "core/wire"],
    # The forwarding unit: no crypto, no srtp, no sframe, no hpke. It could not decrypt if it wanted to.
    "core/sfu": ["core/base", "core/rtp", "core/congestion", "core/media", "core/wire"],
    "io": ["core/base", "core/crypto", "core/envelope", "core/rtp", "core/srtp", "core/ice", "core/wire"],
    "store": ["core/base", "core/crypto", "core/wire", "io"],
    "kms": ["core/base", "core/crypto", "core/envelope", "core/hpke", "core/sframe", "core/wire"],
    "server/kms": ["core/base", "core/crypto", "core/envelope", "core/wire", "kms", "io", "server/process"],
    # The operator's commands for keys and backups; they run on the server's machine and read its files.
    "server/keys": ["core/base", "core/crypto", "core/envelope", "core/hpke", "core/wire", "kms", "store", "io",
                    "server/kms"],
    # The media worker: SRTP for the hop, but no sframe, no hpke, no key schedule, no store.
    "server/media": ["core/base", "core/crypto", "core/rtp", "core/srtp", "core/ice", "core/sfu", "core/congestion",
                     "core/media", "core/wire", "io", "server/process"],
    "server/vault": ["core/base", "core/crypto", "core/envelope", "core/wire", "io", "store"],
    # How endpoints are declared. What they do lies in the folders of the areas.
    "server/api": ["core/base", "core/crypto", "core/ice", "core/wire", "io", "store"],
    # What the server is called and how its pages look.
    "server/branding": ["core/base", "core/crypto", "core/ice", "core/meeting", "core/wire", "io", "store", "server/api"],
    "server/oauth": ["core/base", "core/crypto", "core/wire", "core/meeting", "io", "store", "server/api", "server/events.h",
                     # Its page is read by people: in which language, and what errors are called there.
                     "server/identity/account_words.h"],
    "server/v2": ["core/base", "core/crypto", "core/wire", "io", "store", "server/api", "server/events.h",
                  "server/identity", "server/vault", "server/schedule"],
    # Recording: what is recorded now, what is composed, and the library. It holds keys of recordings, never of meetings.
    "server/recording": ["core/base", "core/crypto", "core/envelope", "core/meeting", "core/recording", "core/wire", "io",
                         "store", "server/api", "server/vault", "server/events.h",
                         # The page of a shared one is in the reader's language.
                         "server/identity/account_words.h"],
    # Control admits people but never sees a media key.
    "server/control": ["core/base", "core/crypto", "core/envelope", "core/rtp", "core/ice", "core/wire", "core/meeting",
                       "io", "store", "server/process", "server/vault", "server/api", "server/branding", "server/oauth", "server/v2",
                       "server/hooks", "server/bbb", "server/schedule", "server/identity", "server/events.h", "server/meeting_policies.h", "server/recording",
                       # Owners read the audit log in the console: lines and their proof, no key.
                       # And administrators see when the last backup was made, and that the recovery kit was shown.
                       "server/keys/audit_file.h", "server/keys/backup_record.h", "server/kms/kit_record.h"],
    "server/schedule": ["core/base", "core/crypto", "core/envelope", "core/wire", "io", "store", "server/api", "server/events.h",
                        "server/meeting_policies.h",
                        "server/vault"],
    # Who people are and what they may do.
    "server/identity": ["core/base", "core/crypto", "core/ice", "core/wire", "core/meeting", "io", "store", "server/api",
                        "server/vault", "server/events.h", "server/meeting_policies.h"],
    "server/main": ["core/base", "core/crypto", "core/wire", "io", "store", "client/cli", "client/admin", "server/process", "server/keys"],
    "server/process": ["core/base", "io"],
    # A header alone: what happened, told within control. Whoever publishes or listens names it in its row.
    "server/events.h": ["core/base"],
    # A header alone, too: what policies say about meetings, for whoever obeys them.
    "server/meeting_policies.h": ["core/wire"],
    "server/bbb": ["core/base", "core/crypto", "core/envelope", "core/wire", "io", "store", "server/api", "server/events.h",
                   "server/hooks", "server/vault"],
    "server/hooks": ["core/base", "core/crypto", "core/envelope", "core/wire", "io", "store", "server/api", "server/events.h",
                     "server/vault"],
    "client": ["core", "io"],
    "connectors": ["core", "io", "client"],
    "tests": [""], "bench": [""], "fuzz": [""], "wasm": ["core"], "tools": [""],
}
CORE_FORBIDDEN = [
    (re.compile(r"#include\s*<(thread|mutex|shared_mutex|condition_variable|future|iostream|fstream|filesystem|random|"
                r"sys/|netinet/|arpa/|unistd|poll|boost/asio)"), "no threads, streams, files, sockets in core"),
    (re.compile(r"(system|steady|high_resolution)_clock\s*::\s*now"), "core is told the time, it never reads a clock"),
    (re.compile(r"\b(throw\s|try\s*\{|catch\s*\()"), "core has no exceptions"),
    (re.compile(r"\b(rand|srand|time|gettimeofday|clock_gettime)\s*\("), "chance and time are arguments"),
]
# The engine of the native client is portable: everything that asks the system for something lies in its folder io/.
SYSTEM = re.compile(r"#include\s*<(sys/|linux/|netinet/|net/|arpa/|unistd|poll|fcntl|netdb|signal|pthread|dlfcn|termios|"
                    r"spawn|dirent|windows|boost/asio)[^>]*>|#include\s*<(ifaddrs|pwd|sched)\.h>")
# The one place of core/ that asks the system for something: randomness, where there is no OpenSSL to ask (wasm).
CORE_EXCEPTIONS = {"core/crypto/random.cc"}
OPENSSL = re.compile(r"#include\s*<openssl/")
OPENSSL_PLACES = ("core/crypto/", "io/tls/", "io/ca/", "io/dtls/", "tests/", "bench/", "fuzz/")
# In quotes everything is ours; in angle brackets, which find the same files, what begins with one of our folders.
OURS = "|".join(sorted({module.split("/")[0] for module in ALLOWED}))
INCLUDE = re.compile(rf'^\s*#\s*include\s*(?:"|<(?=(?:{OURS})/))([^">]+)[">]', re.M)


def module_of(path: str) -> str | None:
    best = None
    for module in ALLOWED:
        if (path == module or path.startswith(module + "/")) and (best is None or len(module) > len(best)):
            best = module
    return best


def main() -> int:
    problems = []
    seen = 0
    for path in files(".h", ".cc"):
        name = path.as_posix()
        is_test = name.endswith("_test.cc")
        module = module_of(name)
        text = (ROOT / path).read_text()
        if module is None:
            problems.append(f"{name}: this folder is not in the table of tools/check_layers.py")
            continue
        seen += 1
        allowed = ALLOWED[module]
        for include in INCLUDE.findall(text):
            target = module_of(include)
            if target is None:
                problems.append(f'{name}: "{include}" is not an include from the root')
                continue
            same = include.startswith(module + "/") or target == module
            ok = same or any(a in ("", include) or include.startswith(a + "/") for a in allowed)
            # What tests share beside the code (testing.h) may ask for what they share elsewhere.
            if not ok and not (target == "tests" and (is_test or name.endswith("/testing.h"))):
                problems.append(f"{name}: {module} may not include {include}")
        bare = strip_comments(text)
        if name.startswith("core/") and not is_test and name not in CORE_EXCEPTIONS:
            for pattern, why in CORE_FORBIDDEN:
                for match in pattern.finditer(bare):
                    # The wire codec turns Boost's error path into an abort; it throws nothing itself.
                    line = bare.count("\n", 0, match.start()) + 1
                    problems.append(f"{name}:{line}: '{match.group().strip()}': {why}")
        if name.startswith("client/engine/") and not name.startswith("client/engine/io/") and not is_test:
            for match in SYSTEM.finditer(bare):
                line = bare.count("\n", 0, match.start()) + 1
                problems.append(f"{name}:{line}: '{match.group()}': the engine asks the system in client/engine/io only")
        if OPENSSL.search(bare) and not name.startswith(OPENSSL_PLACES):
            problems.append(f"{name}: <openssl/…> belongs into core/crypto, io/tls, io/ca or io/dtls")
        if OPENSSL.search(bare) and name.startswith("core/crypto/") and name.endswith(".h"):
            problems.append(f"{name}: OpenSSL stays in the .cc files of core/crypto")
    for problem in problems:
        print(problem)
    print(f"layers: {seen} files, {len(problems)} problems")
    return 1 if problems or seen == 0 else 0


sys.exit(main())
