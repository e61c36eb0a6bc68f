#!/usr/bin/env python3
"""Every .cc of core/ has a _test.cc beside it; every parser of outside data has a fuzz target; every module has a README;
every command of the native client is typed in an end-to-end scenario; a test that a file names is there.

In core a parser is told by its name, and must be called by a fuzz target that includes its header. Outside of core many functions read something, and few of them read what strangers
sent: those stand in FUZZED, and each must be called by a fuzz target that includes its header. What only looks like one
stands in TRUSTED and says why. A new function that looks like a parser must be put into one of the two.
"""
import re
import sys

from tree import ROOT, files, strip_comments

# A function whose name says that it reads outside data.
PARSER = re.compile(r"\b(?:expected|std::optional|std::vector)<[^;{}]*?>\s+"
                    r"(parse\w*|decode\w*|unprotect\w*|unpack\w*|unwrap\w*|read_\w+|from_\w+|open\w*)\s*\(")
# The same outside of core: some name of reading, and text or bytes as the first argument.
READER = re.compile(r"^[^;{}()]*?\b(parse\w*|decode\w*|unprotect\w*|unpack\w*|read_\w+|from_\w+|\w+_range|cookie_in|addresses_in)\s*\(\s*"
                    r"(?:const\s+)?(?:std::optional<)?(?:\w+::)*(?:string|string_view|ByteView|HttpRequest|HttpHeaders|PolicyRule)\b",
                    re.M)
SHELLS = ("client/", "connectors/", "io/", "kms/", "server/", "store/")

# Header -> what reads outside data there: functions, and classes that are fed.
FUZZED = {
    "client/engine/link.h": ["parse_link"],
    "io/channel/channel.h": ["ChannelReader"],
    "io/clamd/clamd.h": ["read_clamd_answer"],
    "io/dtls/identity.h": ["parse_fingerprint"],
    "io/http/client.h": ["parse_url"],
    "io/http/message.h": ["percent_decode"],
    "io/http/request_parser.h": ["HttpRequestParser"],
    "io/http/response_parser.h": ["HttpResponseParser"],
    "io/net/endpoint.h": ["parse_endpoint"],
    "io/websocket/protocol.h": ["WebSocketReader"],
    "io/websocket/websocket.h": ["accept_websocket"],
    "kms/audit_log.h": ["parse_audit_head", "parse_audit_line", "AuditVerifier"],
    "kms/keystore_file.h": ["parse_keystore"],
    "kms/recovery_kit.h": ["read_recovery_code"],
    "kms/root_file.h": ["read_root_file"],
    "server/api/scopes.h": ["parse"],
    "server/api/session_cookie.h": ["cookie_in"],
    "server/api/shape.h": ["parse_parameters", "from_json", "read_parameters"],
    "server/api/text.h": ["parse_time"],
    "server/bbb/options.h": ["read_options"],
    "server/bbb/request.h": ["parse_parameters", "cut_checksum"],
    "server/hooks/canonical_json.h": ["canonical_json"],
    "server/hooks/target.h": ["read_target"],
    "server/identity/account_words.h": ["read_by"],
    "server/identity/cbor.h": ["parse_cbor"],
    "server/identity/oidc_sign_in.h": ["parse_discovery"],
    "server/identity/oidc_token.h": ["parse_jwks", "parse_id_token", "parse_userinfo"],
    "server/identity/outbox_mailer.h": ["unpack_mail"],
    "server/identity/policies.h": ["parse_policy_value"],
    "server/identity/recovery_codes.h": ["recovery_code_hash"],
    "server/identity/roles.h": ["parse_permissions"],
    "server/identity/totp.h": ["check_totp", "from_base32"],
    "server/identity/webauthn.h": ["parse_authenticator_data"],
    "server/keys/archive.h": ["read_archive", "read_backup_key"],
    "server/media/link_packer.h": ["unpack_link"],
    "server/media/worker.h": ["on_datagram"],
    "server/oauth/basic.h": ["read_basic"],
    "server/recording/byte_range.h": ["byte_range"],
    "server/schedule/content.h": ["addresses_in"],
    "server/schedule/links.h": ["registrant_of", "starter_of", "visitor_of"],
    "server/schedule/meeting_ids.h": ["parse_meeting_uuid"],
    "server/schedule/recurrence.h": ["parse_weekly_days"],
    "server/schedule/time_text.h": ["parse_time", "parse_occurrence_id"],
    "server/schedule/zone.h": ["parse", "parse_zone_rule"],
    "store/export_file.h": ["ExportReader"],
    "store/quality.h": ["unpack"],
    "store/s3_answers.h": ["read_listing", "read_uploads", "read_upload_id", "read_error_code"],
}
# Header -> functions that look like parsers but read nothing of a stranger's, each with the reason.
TYPED = "whoever writes this runs the program"
OPERATOR = "a file of the operator's, which nobody else can write"
OWN_KEY = "a private key of our own"
CODEC = "hands the frame to libopus or libvpx; it was opened as its sender's before"
TRUSTED = {
    "client/admin/rest_session.h": {"read_password": TYPED},
    "client/cli/activity_commands.h": {"parse_activity": TYPED},
    "client/cli/host_commands.h": {"parse_command": TYPED},
    "client/codec/media_source.h": {"parse_source": TYPED},
    "client/codec/opus.h": {"decode": CODEC, "decode_fec": CODEC},
    "client/codec/vp8.h": {"decode": CODEC},
    "core/crypto/aead.h": {"open": "what SFrame, SRTP, HPKE and the envelopes open with; theirs are called"},
    "core/crypto/p256.h": {"from_scalar": OWN_KEY},
    "core/hpke/kem.h": {"from_bytes": OWN_KEY},
    "core/recording/webm_reader.h": dict.fromkeys(("read_tracks", "read_entry", "read_block"), "what WebmReader::next calls"),
    "core/sframe/cipher.h": {"open": "what OpenContext::open calls"},
    "core/sframe/session_keys.h": {"open": "FrameOpener::open, once the clock was looked at"},
    "core/sfu/worker.h": {"open_transport": "a command, which was decoded"},
    "core/srtp/packet_cipher.h": dict.fromkeys(("open_rtp", "open_rtcp"), "what SrtpReceiver::unprotect calls"),
    "io/ca/local_ca.h": {"read_local_ca": OPERATOR},
    "io/files/files.h": {"read_file": "gives the bytes of any file; who asks for them parses"},
    "server/api/shape.h": {"read_json": "what from_json calls"},
    "server/control/people_file.h": {"read_people_file": OPERATOR},
    "server/keys/backup_record.h": {"decode_backup_record": OPERATOR},
    "server/kms/kit_record.h": {"read_kit_record": OPERATOR},
    "server/keys/audit_file.h": {"read_audit": "finds the file; its lines are parsed by kms/audit_log.h"},
    "server/kms/key_folder.h": {"read_passphrase": OPERATOR},
    "server/main/serve_options.h": {"read_configuration": OPERATOR},
    "server/recording/endpoint_handlers.h": {"read_page": "asks the store for a page"},
    "store/s3_answers.h": {"read_xml": "what read_listing and the others call"},
}


def called(header: str, function: str, targets: list[str]) -> bool:
    """Whether one of the fuzz targets with these texts includes the header and names the function."""
    return any(re.search(rf"\b{function}\b", re.sub(r"#include.*", "", strip_comments(text))) for text in targets if f'#include "{header}"' in text)


def never_called(header: str, text: str, targets: list[str]) -> list[str]:
    """Parsers that this header of core declares and no fuzz target calls."""
    return [function for function in sorted(set(PARSER.findall(strip_comments(text))) - set(TRUSTED.get(header, {})))
            if not called(header, function, targets)]


def fuzzing_problems(names: set[str]) -> list[str]:
    """What is wrong with FUZZED and TRUSTED, which parser of core no fuzz target calls, and which one outside of core stands in neither."""
    problems = []
    targets = [(ROOT / n).read_text() for n in sorted(names) if n.startswith("fuzz/") and n.endswith("_fuzz.cc")]
    for header in sorted(n for n in names if n.endswith(".h") and n.startswith("core/")):
        problems += [f"{header}: {function} looks like a parser, but no fuzz target includes the header and calls it; what needs none stands "
                     "in TRUSTED of tools/check_tests.py" for function in never_called(header, (ROOT / header).read_text(), targets)]
    for header, functions in FUZZED.items():
        if header not in names:
            problems.append(f"{header}: stands in FUZZED of tools/check_tests.py, but there is no such file")
            continue
        code = strip_comments((ROOT / header).read_text())
        for function in functions:
            if not re.search(rf"\b{function}\b", code):
                problems.append(f"{header}: FUZZED of tools/check_tests.py names {function}, which is not there")
            elif not called(header, function, targets):
                problems.append(f"{header}: {function} reads outside data, but no fuzz target includes the header and calls it")
    for header in sorted(n for n in names if n.endswith(".h") and n.startswith(SHELLS) and not n.endswith("testing.h")):
        found = set(READER.findall(strip_comments((ROOT / header).read_text())))
        for function in sorted(found - set(FUZZED.get(header, [])) - set(TRUSTED.get(header, {}))):
            problems.append(f"{header}: {function} looks like a parser; name it in FUZZED or TRUSTED of tools/check_tests.py")
    for header, functions in TRUSTED.items():
        code = strip_comments((ROOT / header).read_text()) if header in names else ""
        problems += [f"{header}: TRUSTED of tools/check_tests.py names {f}, which is not there"
                     for f in functions if not re.search(rf"\b{f}\b", code)]
    return problems


def commands_never_typed() -> list[str]:
    """Commands of the native client's terminal that no scenario with real processes types."""
    usages = re.findall(r'Entry\{"(/[^"]*)"', (ROOT / "client/cli/help.cc").read_text())
    if not usages:
        return ["client/cli/help.cc: no commands were found; tools/check_tests.py looks for Entry{\"/…"]
    typed = "\n".join(p.read_text() for p in sorted((ROOT / "tests/e2e/scenarios").glob("*.py")))
    return [f"client/cli/help.cc: no scenario of tests/e2e types {word}" for word in sorted(set(re.findall(r"/[a-z][a-z-]*", " ".join(usages))))
            if not re.search(rf"[\"']{word}(?![\w-])", typed)]


def tests_not_there(sources) -> list[str]:
    """Files that say "Tested in .." and name what is neither beside them nor in the tree."""
    problems = []
    for path in sources:
        for said in re.findall(r"^// Tested (?:in|by) (.*)$", (ROOT / path).read_text(), re.M):
            problems += [f"{path.as_posix()}: names {test}, which is not there" for test in re.findall(r"[\w/]+\.(?:cc|py|mjs|ts)\b", said)
                         if not (ROOT / path.parent / test).exists() and not (ROOT / test).exists()]
    return problems


def main() -> int:
    problems = []
    sources = files(".h", ".cc")
    names = {p.as_posix() for p in sources}
    modules = set()
    for path in sources:
        name = path.as_posix()
        if not name.startswith("core/"):
            continue
        modules.add(path.parent)
        if name.endswith(".cc") and not name.endswith(("_test.cc", "_main.cc")):
            test = name[:-3] + "_test.cc"
            text = (ROOT / path).read_text()
            covered = re.search(r"^// Tested in (\S+_test\.cc)", text, re.M)
            if test not in names and not (covered and (path.parent / covered.group(1)).as_posix() in names):
                problems.append(f"{name}: no {test} (or a line '// Tested in other_test.cc')")
    problems += fuzzing_problems(names) + commands_never_typed() + tests_not_there(sources)
    for module in sorted(modules):
        if not (ROOT / module / "README.md").exists():
            problems.append(f"{module}: no README.md")
    for readme in (p for p in files(".md") if p.name == "README.md"):
        if not (ROOT / readme).read_text().startswith("# "):
            problems.append(f"{readme}: the first line is no heading; was it given to clang-format?")
    for named in re.findall(r"`([\w/]+\.\w+)`", (ROOT / "tests/README.md").read_text()):
        if not (ROOT / named).exists():
            problems.append(f"tests/README.md: names {named}, which is not there")
    for target in (p for p in sources if p.as_posix().startswith("fuzz/") and p.name.endswith("_fuzz.cc")):
        seeds = ROOT / "fuzz" / "seeds" / target.name.removesuffix("_fuzz.cc")
        if not seeds.is_dir() or not any(seeds.iterdir()):
            problems.append(f"{target}: no seeds in {seeds.relative_to(ROOT)}")
        elif found := [s.name for s in seeds.iterdir() if re.fullmatch(r"[0-9a-f]{40}", s.name)]:
            problems.append(f"{seeds.relative_to(ROOT)}: {len(found)} files that a run of the fuzzer left there; seeds are few, "
                            "chosen and have names")
    for problem in problems:
        print(problem)
    print(f"tests beside code: {len(modules)} core modules, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
