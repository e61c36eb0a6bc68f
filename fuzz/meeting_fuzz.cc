// deps: core_meeting_world core_meeting core_wire core_base
// A whole meeting under sequences of messages of several clients, with connections that break, stores that fail, keys
// that are late: no invariant breaks, and whatever the meeting sends is a message of the protocol within its limits.
//
// The input is lines. "j" joins (as host: "jh"), "d2" breaks connection 2, "a2" acknowledges keys, "t500" lets 500 ms
// pass, "s0" and "s1" let the store fail and work, "k0" and "k1" hold and release the key service, "f" says that the
// newest file is there. "2{..}" is a message of connection 2 as it travels.
#include <charconv>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/wire/codec.h"
#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;

namespace {

class Sequence {
 public:
  Sequence() : world_({.waiting_room = false}) {
    connections_.push_back(world_.join_host());
    connections_.push_back(world_.join("Ada"));
    connections_.push_back(world_.join("Bob"));
  }

  void line(std::string_view text) {
    if (text.empty() || world_.finished) return;
    const char first = text.front();
    const std::string_view rest = text.substr(1);
    if (first >= '0' && first <= '9') {
      message(connection(static_cast<std::size_t>(first - '0')), rest);
    } else if (first == 'j') {
      if (connections_.size() < 10) connections_.push_back(rest == "h" ? world_.join_host() : world_.join("New"));
    } else if (first == 'd') {
      const ConnectionId c = connection(number(rest));
      if (!world_.closed.contains(c)) world_.feed(Disconnected{c});
    } else if (first == 'a') {
      world_.acknowledge_keys(connection(number(rest)));
    } else if (first == 't') {
      world_.pass(std::chrono::milliseconds{std::min<std::size_t>(number(rest), 120'000)});
    } else if (first == 's') {
      world_.store_works = rest != "0";
      world_.settle();
    } else if (first == 'k') {
      world_.kms_answers = rest != "0";
      world_.settle();
    } else if (first == 'f' && !world_.offered.empty()) {
      world_.feed(FileReady{world_.offered.back().file, rest != "0", rest == "0" ? "no" : ""});
    }
    check();
  }

 private:
  static std::size_t number(std::string_view text) {
    std::size_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  ConnectionId connection(std::size_t index) { return connections_[index % connections_.size()]; }

  void message(ConnectionId from, std::string_view json) {
    auto decoded = wire::decode_client(json);
    if (!decoded || std::holds_alternative<wire::Join>(*decoded) || world_.closed.contains(from)) return;
    world_.send(from, std::move(*decoded));
  }

  void check() {
    std::size_t hosts = 0;
    for (const auto& [n, p] : world_.meeting.participants()) hosts += p.role == wire::Role::host ? 1 : 0;
    SEALHALL_CHECK(hosts <= 1);
    for (const Output& output : world_.log) {
      if (const auto* send = std::get_if<Send>(&output)) {
        SEALHALL_CHECK(!send->to.empty());
        if (std::holds_alternative<wire::Joined>(send->message))
          continue;  // its transport is the World's pretended one
        const std::string text = wire::encode(send->message);
        SEALHALL_CHECK(text.size() <= wire::max_server_message_size);
        const auto again = wire::decode_server(text);
        SEALHALL_CHECK(again.has_value() && wire::encode(*again) == text);
      } else if (const auto* keep = std::get_if<KeepRecord>(&output)) {
        SEALHALL_CHECK(wire::decode_record(wire::encode(keep->record)).has_value());
      }
    }
    world_.log.clear();
  }

  World world_;
  std::vector<ConnectionId> connections_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16'384) return 0;
  Sequence sequence;
  const std::string_view text = as_text({data, size});
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    sequence.line(text.substr(at, end - at));
    at = end + 1;
  }
  return 0;
}
