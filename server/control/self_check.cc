// Tested in operations_test.cc
#include "server/control/self_check.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "io/http/client.h"
#include "io/net/endpoint.h"
#include "server/api/text.h"
#include "server/kms/kit_record.h"
#include "store/mail_report.h"

namespace sealhall::control {
namespace shapes {

enum class Verdict : std::uint8_t { good, note, bad };
BOOST_DESCRIBE_ENUM(Verdict, good, note, bad)
struct Check {
  std::string name;  ///< "address", "certificate", "database", "keys", "kit", "media", "mail", "disk"
  Verdict verdict = Verdict::good;
  std::string state;  ///< a word: what is so
  std::string value;  ///< a fact about it: a time, an address, MiB, a reason
};
struct SelfTest {
  std::vector<Check> checks;
  std::string data_directory;  ///< for the commands that the page names
};
BOOST_DESCRIBE_STRUCT(Check, (), (name, verdict, state, value))
BOOST_DESCRIBE_STRUCT(SelfTest, (), (checks, data_directory))

}  // namespace shapes

namespace {

using shapes::Check;
using enum shapes::Verdict;

constexpr std::int64_t day = std::int64_t{86'400} * 1'000'000;

Check look_at_address(const std::string& url) {
  const auto parsed = io::parse_url(url);
  const bool here_only = parsed && (parsed->host == "localhost" || io::is_loopback(parsed->host));
  return {"address", here_only ? note : good, here_only ? "this_machine_only" : "named", url};
}

Check look_at_certificate(const SelfTestParts& parts) {
  const UnixMicros ends = parts.certificate_ends();
  const std::int64_t left = static_cast<std::int64_t>(ends) - static_cast<std::int64_t>(parts.clock.now());
  const std::string when = api::rfc3339(ends);
  if (left <= 0) return {"certificate", bad, "expired", when};
  // The house's own authority renews its certificates by itself.
  if (!parts.ca_file.empty()) return {"certificate", note, "own_authority", parts.ca_file};
  if (left < 14 * day) return {"certificate", bad, "ends_soon", when};
  return {"certificate", good, "valid", when};
}

Check look_at_media(const MediaPool& media) {
  std::string addresses;
  bool reachable = false;
  const auto workers = media.status();
  for (const WorkerStatus& worker : workers) {
    for (const auto& candidate : worker.candidates) {
      addresses += (addresses.empty() ? "" : ", ") + io::Endpoint{candidate.address, candidate.port}.text();
      reachable = reachable || !io::is_loopback(candidate.address);
    }
  }
  if (workers.empty()) return {"media", bad, "missing", ""};
  return {"media", reachable ? good : note, reachable ? "here" : "this_machine_only", addresses};
}

Check look_at_disk(const std::string& folder) {
  struct statvfs disk{};
  if (::statvfs(folder.c_str(), &disk) != 0) return {"disk", bad, "unreadable", folder};
  const std::uint64_t mib = (static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize) >> 20;
  return {"disk", mib < 1024 ? bad : good, mib < 1024 ? "little" : "enough", std::to_string(mib)};
}

Check look_at_mail(const store::MailReport& mail, bool sends) {
  if (mail.troubled + mail.given_up > 0)
    return {"mail", bad, "troubled",
            mail.problem.empty() ? std::to_string(mail.troubled + mail.given_up) : mail.problem};
  if (!sends) return {"mail", note, "not_configured", std::to_string(mail.waiting)};
  return {"mail", good, "configured", std::to_string(mail.waiting)};
}

/// Whether the root key is on paper. `root` is what the key service says of it: "file, 0123abcd"; empty: it is away.
Check look_at_kit(const std::string& folder, const std::string& root) {
  if (root.starts_with("PKCS#11")) return {"kit", good, "in_module", root};
  const auto record = kms::read_kit_record(folder);
  if (!record) return {"kit", bad, "never_shown", ""};
  // An older kit opens nothing any more.
  if (!root.empty() && !root.ends_with(record->root)) return {"kit", bad, "outdated", api::rfc3339(record->at)};
  return {"kit", good, "shown", api::rfc3339(record->at)};
}

void look_at_keys(const SelfTestParts& parts, std::move_only_function<void(Check)> done) {
  parts.keys.handle(wire::keys::List{}, [done = std::move(done)](wire::keys::ControlAnswer answer) mutable {
    if (const auto* report = std::get_if<wire::keys::Report>(&answer))
      return done({"keys", good, "here", report->root});
    done({"keys", bad, "away", ""});
  });
}

}  // namespace

void add_self_test(api::Registry& registry, SelfTestParts given) {
  const auto parts = std::make_shared<const SelfTestParts>(std::move(given));
  registry.add(
      {.method = "GET",
       .path = "/api/self-test",
       .tag = "Server",
       .summary = "Whether everything is as it should be here",
       .access = api::Access::permission(api::Permission::server),
       .description = "Changes nothing. `state` is a word: address named, this_machine_only; certificate valid, "
                      "own_authority, ends_soon, expired; database here, silent; keys here, away; kit (the recovery "
                      "kit) shown, never_shown, outdated, in_module; media here, this_machine_only, missing; mail "
                      "configured, not_configured, troubled; disk enough, little, "
                      "unreadable."},
      [parts](api::Call<>, api::Answer<shapes::SelfTest> answer) {
        look_at_keys(*parts, [parts, answer = std::move(answer)](Check keys) mutable {
          store::mail_report(
              parts->engine, [parts, keys = std::move(keys), answer = std::move(answer)](auto mail) mutable {
                shapes::SelfTest out;
                out.checks = {look_at_address(parts->public_url), look_at_certificate(*parts)};
                out.checks.push_back(mail ? Check{"database", good, "here", ""} : Check{"database", bad, "silent", ""});
                const std::string root = keys.value;
                out.checks.push_back(std::move(keys));
                out.checks.push_back(look_at_kit(parts->data_directory + "/keys", root));
                out.checks.push_back(look_at_media(parts->media));
                if (mail) out.checks.push_back(look_at_mail(*mail, parts->sends_mail));
                out.checks.push_back(look_at_disk(parts->data_directory));
                out.data_directory = parts->data_directory;
                answer(out);
              });
        });
      });
}

}  // namespace sealhall::control
