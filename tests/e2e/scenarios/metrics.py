"""/metrics, as a reader that others wrote reads it (Debian's python3-prometheus-client), while two people meet."""
import itertools
import re

from harness import PASSWORD, Server, check, scenario, wait_until
from prometheus_client.parser import text_string_to_metric_families

LABELS = {"area", "status", "le"}  # whoever adds one has thought about whose name may come into it


def read(server: Server):
    """The text and what the reader makes of it."""
    status, answer = server.request("GET", "/metrics")
    check(status == 200, f"{status} {answer}")
    text = answer["text"]
    return text, list(text_string_to_metric_families(text))


def keeps_the_format(text: str, families) -> None:
    """What the reader is too kind to ask for."""
    check(text.endswith("\n"), "the last line ends")
    declared = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    check(len(families) == len(declared) > 5, f"each name stands in one place and has a TYPE: {[f.name for f in families]}, {declared}")
    for name, kind in declared.items():
        check(kind in ("counter", "gauge", "histogram"), f"{name} is a {kind}")
        check(name.startswith("sealhall_") and name.endswith("_total") == (kind == "counter"), f"{name} is a {kind}")
    for family in families:
        check(family.type in declared.values() and family.samples, f"{family.name} is {family.type}: {family.samples}")
        check(family.documentation.endswith("."), f"HELP of {family.name}: {family.documentation!r}")
        series = [(s.name, *sorted(s.labels.items())) for s in family.samples]
        check(len(set(series)) == len(series), f"twice the same in {family.name}: {series}")
        for sample in family.samples:
            check(set(sample.labels) <= LABELS, f"a label that nobody knows: {sample}")
            check(sample.timestamp is None and (sample.value >= 0 or family.type == "gauge"), str(sample))
        if family.type == "histogram":
            adds_up(family)


def adds_up(histogram) -> None:
    """Buckets of each series: ascending bounds, cumulative, the last of them everything; a sum beside them."""
    def others(sample):
        return sorted((k, v) for k, v in sample.labels.items() if k != "le")
    for labels, group in itertools.groupby(sorted(histogram.samples, key=others), others):
        samples = list(group)
        buckets = [(float(s.labels["le"]), s.value) for s in samples if s.name.endswith("_bucket")]
        of = {s.name.removeprefix(histogram.name): s.value for s in samples}
        check(len(buckets) > 5 and buckets == sorted(buckets) and buckets[-1][0] == float("inf"), f"{histogram.name} {labels}: {buckets}")
        check([n for _, n in buckets] == sorted(n for _, n in buckets), f"cumulative: {buckets}")
        check(of["_count"] == buckets[-1][1] and of["_sum"] >= 0 and (of["_count"] > 0 or of["_sum"] == 0), f"{histogram.name} {labels}: {of}")


def numbers(families) -> dict:
    """Every sample by its name and the values of its labels: ("sealhall_http_requests_total", "api", "2xx")."""
    return {(s.name, *(s.labels[k] for k in sorted(s.labels))): s.value for f in families for s in f.samples}


@scenario("/metrics is read by Prometheus' own reader: names, kinds and help, counters that only go up, who is here now, and nobody's name")
def metrics(world):
    server = Server(world).start().set_up()
    status, made = server.request("POST", "/api/users", {"login": "quetzalia@vanadium.example", "name": "Quetzalia", "password": PASSWORD})
    check(status == 201, f"{status} {made}")
    meeting = server.create_meeting("Zanzibar")
    text, families = read(server)
    keeps_the_format(text, families)
    empty = numbers(families)
    check(empty["sealhall_signalling_sessions",] == 0 and empty["sealhall_media_transports",] == 0, f"nobody is here: {empty}")
    check(empty["sealhall_backup_age_seconds",] == float("inf"), "there is no backup, and that is a number")

    people = [server.join(meeting, name) for name in ("Wilhelmina", "Xanthippe")]
    wait_until("both to be here", lambda: all(p.last().get("state") == "joined" for p in people))

    def here(count: int) -> bool:
        now = numbers(read(server)[1])
        return now["sealhall_signalling_sessions",] == count and now["sealhall_media_transports",] == count
    wait_until("two sockets and two transports", lambda: here(2), 20)
    before = numbers(read(server)[1])
    for _ in range(7):
        check(server.request("GET", "/api/meetings")[0] == 200, "meetings")
    check(server.request("GET", "/v2/users/nobody@vanadium.example")[0] == 404, "nobody")
    text, families = read(server)
    keeps_the_format(text, families)
    after = numbers(families)
    moved = {key: after[key] - before[key] for key in after}
    check(set(after) == set(before) == set(empty), "the same series from the first moment on")
    check(moved["sealhall_http_requests_total", "api", "2xx"] >= 7 and moved["sealhall_http_requests_total", "v2", "4xx"] == 1, f"{moved}")
    check(moved["sealhall_http_requests_total", "other", "2xx"] >= 1, f"the reading before this one: {moved}")
    check(moved["sealhall_http_request_seconds_count", "api"] >= 7, f"{moved}")
    ups = [s for f in families if f.type in ("counter", "histogram") for s in numbers([f])]
    check(all(moved[key] >= 0 for key in ups), f"no counter goes down: {moved}")
    lower = text.lower()
    for name in ("quetzalia", "vanadium", "wilhelmina", "xanthippe", "zanzibar", "127.0.0.1", made["id"].lower(), meeting.rsplit("/", 1)[1].split("?")[0].lower()):
        check(name not in lower, f"{name} is in /metrics")
    for person in people:
        check(person.stop() == 0, person.errors()[-300:])
    wait_until("nobody to be here", lambda: here(0), 20)
