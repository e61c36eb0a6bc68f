// Tested in console_test.cc
// Keys over REST: what an owner may see and do with the keys of the own account. The root key stays with the command
// line, whose recovery kit is printed and never sent.
#include <algorithm>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/encoding.h"
#include "server/api/text.h"
#include "server/control/console.h"
#include "server/keys/audit_file.h"
#include "store/store.h"

namespace sealhall::control {
namespace shapes {

struct KeyVersion {
  std::uint32_t version = 0;
  std::string created_at;
  bool destroyed = false;
  std::uint64_t data_keys = 0;  ///< that are wrapped under it
};
struct AccountKey {
  std::string key_id;
  std::string period;  ///< "" for what lives as long as the account, or a month
  std::vector<KeyVersion> versions;
};
struct KeyReport {
  std::string root;  ///< the root key's id
  std::vector<AccountKey> keys;
  bool rewrapping = false;
  std::uint64_t rewrapped = 0;  ///< in this run, of every account of the server
  std::uint64_t to_rewrap = 0;  ///< of this account
  std::uint64_t shredded = 0;   ///< data keys that will never be opened again
};
struct RotateKeys {
  std::optional<bool> retire;  ///< destroy the old versions when nothing is under them any more
};
struct KeyPath {
  std::string key_id;
};
struct DestroyKeys {
  std::string confirm;  ///< the key's id, typed once more
  std::optional<std::uint32_t> version;
  std::optional<bool> with_content;
};
struct KitSheet {
  std::string audit_key;  ///< how the key in the last line of the sheet begins: six characters or more
};
struct AuditLogQuery {
  std::optional<std::string> who;
  std::optional<std::string> what;
  std::optional<std::string> outcome;
  std::optional<std::string> query;  ///< a part of a key's id
  api::PageQuery page;
};
struct AuditLine {
  std::uint64_t n = 0;
  std::string at;
  std::optional<std::string> who;
  std::string what;
  std::optional<std::string> account;
  std::optional<std::string> key;
  std::optional<std::uint32_t> version;
  std::optional<std::string> data_key;
  std::optional<std::string> outcome;
  std::optional<std::string> signature;
  std::string chain;
};
struct AuditLog {
  api::Page page;
  std::vector<AuditLine> lines;
};
struct VerifyAudit {
  std::optional<std::string> expect;  ///< what was written down before: "NUMBER:HASH"
};
struct AuditProof {
  bool whole = false;
  std::optional<std::string> problem;
  std::uint64_t entries = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t unsigned_entries = 0;
  std::optional<std::string> position;  ///< write it down elsewhere
};

BOOST_DESCRIBE_STRUCT(KeyVersion, (), (version, created_at, destroyed, data_keys))
BOOST_DESCRIBE_STRUCT(AccountKey, (), (key_id, period, versions))
BOOST_DESCRIBE_STRUCT(KeyReport, (), (root, keys, rewrapping, rewrapped, to_rewrap, shredded))
BOOST_DESCRIBE_STRUCT(RotateKeys, (), (retire))
BOOST_DESCRIBE_STRUCT(KeyPath, (), (key_id))
BOOST_DESCRIBE_STRUCT(DestroyKeys, (), (confirm, version, with_content))
BOOST_DESCRIBE_STRUCT(KitSheet, (), (audit_key))
BOOST_DESCRIBE_STRUCT(AuditLogQuery, (), (who, what, outcome, query, page))
BOOST_DESCRIBE_STRUCT(AuditLine, (), (n, at, who, what, account, key, version, data_key, outcome, signature, chain))
BOOST_DESCRIBE_STRUCT(AuditLog, (), (page, lines))
BOOST_DESCRIBE_STRUCT(VerifyAudit, (), (expect))
BOOST_DESCRIBE_STRUCT(AuditProof, (), (whole, problem, entries, checkpoints, unsigned_entries, position))

}  // namespace shapes

namespace {

using api::Access;
using api::Answer;
using api::Call;
using wire::keys::ControlAnswer;

constexpr auto machine = Access::permission(api::Permission::server);

/// The answer, when it is what was asked for; otherwise the sentence of the key service.
template <class T>
expected<T, ApiError> as(ControlAnswer answer) {
  if (T* wanted = std::get_if<T>(&answer)) return std::move(*wanted);
  const auto* problem = std::get_if<wire::keys::Problem>(&answer);
  return unexpected(ApiError{503, problem != nullptr ? problem->sentence : "The key service has not answered."});
}

shapes::KeyReport view_of(const wire::keys::Report& report, const std::string& account) {
  shapes::KeyReport out;
  out.root = report.root;
  out.rewrapping = report.rewrapping;
  out.rewrapped = report.rewrapped;
  out.shredded = report.shredded;
  for (const auto& key : report.keys) {
    if (key.account_id != account) continue;
    shapes::AccountKey& shown = out.keys.emplace_back(shapes::AccountKey{to_hex(key.key_id), key.period, {}});
    std::uint32_t newest = 0;
    for (const auto& v : key.versions) {
      if (!v.destroyed) newest = std::max(newest, v.version);
    }
    for (const auto& v : key.versions) {
      const auto created = UnixMicros{static_cast<std::int64_t>(v.created_at)};
      shown.versions.push_back({v.version, api::rfc3339(created), v.destroyed, v.data_keys});
      if (!v.destroyed && v.version < newest) out.to_rewrap += v.data_keys;
    }
  }
  return out;
}

/// What may stand in a line of the log; so that a filter matches a whole word of it and nothing else.
std::optional<std::string> member(std::string_view name, const std::optional<std::string>& value) {
  if (!value || value->empty()) return std::nullopt;
  return "\"" + std::string{name} + "\":\"" + *value + "\"";
}

}  // namespace

void Console::add_keys(api::Registry& registry) {
  registry.add({"GET", "/api/keys", "Keys", "The account's keys, their versions, what is under them", machine},
               [this](Call<> call, Answer<shapes::KeyReport> answer) {
                 const std::string account = call.caller.account_id;
                 for_owner(call.caller, std::move(answer), [this, account](Answer<shapes::KeyReport> a) {
                   parts_.keys.handle(wire::keys::List{}, [account, a = std::move(a)](ControlAnswer got) mutable {
                     const auto report = as<wire::keys::Report>(std::move(got));
                     if (!report) return a(report.error());
                     a(view_of(*report, account));
                   });
                 });
               });
  api::Endpoint rotate{"POST", "/api/keys/rotate", "Keys", "New versions of the account's keys", machine, 204};
  rotate.description =
      "They are in use at once; what is under the old ones is wrapped again in the background. GET /api/keys tells how "
      "far it is.";
  registry.add(rotate, [this](Call<api::None, shapes::RotateKeys> call, Answer<> answer) {
    const api::Caller caller = call.caller;
    for_owner(caller, std::move(answer), [this, caller, retire = call.body.retire.value_or(false)](Answer<> a) {
      parts_.keys.handle(wire::keys::Rotate{caller.account_id, false, retire},
                         [this, caller, a = std::move(a)](ControlAnswer got) mutable {
                           const auto done = as<wire::keys::Done>(std::move(got));
                           if (!done) return a(done.error());
                           log(caller, "rotate", "account keys");
                           a();
                         });
    });
  });
  api::Endpoint destroy{"POST", "/api/keys/{key_id}/destroy", "Keys", "Destroy a key, for good", machine, 204};
  destroy.description =
      "Refused while content needs it, unless with_content; it is lost then. Wants a sign-in of the last ten minutes.";
  registry.add(destroy, [this](Call<shapes::KeyPath, shapes::DestroyKeys> call, Answer<> answer) {
    const api::Caller caller = call.caller;
    const auto id = from_hex(call.query.key_id);
    if (!id || id->size() != 16) return answer(ApiError{404, "There is no such key."});
    if (call.body.confirm != call.query.key_id) {
      return answer(wrong_field("confirm", "Please type the id of the key."));
    }
    const wire::keys::Destroy wanted{*id, call.body.version.value_or(0), call.body.with_content.value_or(false)};
    for_recent_owner(caller, std::move(answer), [this, caller, wanted](Answer<> a) {
      // Only what belongs to the own account: ids of others are as if they were not there.
      parts_.keys.handle(wire::keys::List{}, [this, caller, wanted, a = std::move(a)](ControlAnswer got) mutable {
        const auto report = as<wire::keys::Report>(std::move(got));
        if (!report) return a(report.error());
        const bool own = std::ranges::any_of(report->keys, [&](const auto& key) {
          return key.key_id == wanted.key_id && key.account_id == caller.account_id;
        });
        if (!own) return a(ApiError{404, "There is no such key."});
        parts_.keys.handle(wanted,
                           [this, caller, id = to_hex(wanted.key_id), a = std::move(a)](ControlAnswer done) mutable {
                             if (const auto* problem = std::get_if<wire::keys::Problem>(&done))
                               return a(ApiError{409, problem->sentence});
                             log(caller, "destroy", id);
                             a();
                           });
      });
    });
  });
}

/// What is typed from the sheet is the public key that signs the audit log: the secret lines stay on the paper.
void Console::add_kit(api::Registry& registry) {
  api::Endpoint check{
      "POST", "/api/keys/kit-check", "Keys", "Whether a printed recovery kit is of this server", machine, 204};
  check.description =
      "Asks for the beginning of the audit log's public key, which stands in the kit's last line. The kit itself is "
      "never "
      "sent anywhere.";
  registry.add(check, [this](Call<api::None, shapes::KitSheet> call, Answer<> answer) {
    const api::Caller caller = call.caller;
    constexpr std::size_t enough = 6;
    const std::string given = ascii_lower(call.body.audit_key);
    if (given.size() < enough) return answer(wrong_field("audit_key", "Six characters or more."));
    for_owner(caller, std::move(answer), [this, caller, given](Answer<> a) {
      const auto key = std::make_shared<std::string>();
      const auto held = std::make_shared<Answer<>>(std::move(a));
      const bool started = reads_.start(
          [key, folder = key_folder()] {
            if (const auto found = keys::audit_key(folder)) *key = to_hex(ByteView{*found}.first(16));
          },
          [this, caller, given, key, held] {
            if (key->empty()) return (*held)(ApiError{503, "The keys cannot be looked at right now."});
            if (!key->starts_with(given)) return (*held)(wrong_field("audit_key", "This is not what the sheet says."));
            log(caller, "confirm", "recovery kit");
            (*held)();
          });
      if (!started) (*held)(ApiError{429, "Another reading is under way; try again in a moment.", {}, 2});
    });
  });
}

void Console::add_audit(api::Registry& registry) {
  constexpr std::string_view tag = "Keys";
  const auto busy = ApiError{429, "Another reading of the audit log is under way; try again in a moment.", {}, 2};
  registry.add(
      {"GET", "/api/keys/audit", tag, "The log of every use of a key, newest first", machine},
      [this, busy](Call<shapes::AuditLogQuery> call, Answer<shapes::AuditLog> answer) {
        const auto window = api::window_of(call.query.page);
        if (!window) return answer(window.error());
        keys::AuditQuery query{call.caller.account_id,
                               call.caller.account_id == store::default_account,
                               {},
                               window->limit,
                               window->offset};
        for (auto part : {member("who", call.query.who), member("what", call.query.what),
                          member("outcome", call.query.outcome), call.query.query}) {
          if (part && !part->empty()) query.parts.push_back(std::move(*part));
        }
        for_owner(
            call.caller, std::move(answer),
            [this, busy, window = *window, query = std::move(query)](Answer<shapes::AuditLog> a) mutable {
              const auto read = std::make_shared<expected<keys::AuditPage, std::string>>();
              const auto held = std::make_shared<Answer<shapes::AuditLog>>(std::move(a));
              const bool started = reads_.start(
                  [read, folder = key_folder(), query = std::move(query)] { *read = keys::read_audit(folder, query); },
                  [read, held, window] {
                    if (!*read) return (*held)(ApiError{503, read->error()});
                    shapes::AuditLog log{window.page((*read)->total), {}};
                    for (const std::string& line : (*read)->lines) {
                      if (auto parsed = api::from_json<shapes::AuditLine>(line))
                        log.lines.push_back(std::move(*parsed));
                    }
                    (*held)(log);
                  });
              if (!started) (*held)(busy);
            });
      });
  registry.add(
      {"POST", "/api/keys/audit/verify", tag, "Whether nothing in the audit log was changed or removed", machine, 200},
      [this, busy](Call<api::None, shapes::VerifyAudit> call, Answer<shapes::AuditProof> answer) {
        std::optional<kms::AuditPosition> expect;
        if (call.body.expect && !call.body.expect->empty()) {
          expect = keys::position_from(*call.body.expect);
          if (!expect) return answer(wrong_field("expect", "A number, a colon and a hash, as they were shown before."));
        }
        for_owner(call.caller, std::move(answer), [this, busy, expect](Answer<shapes::AuditProof> a) {
          // The key service signs what it has written so far; without it what is in the file is looked at.
          parts_.keys.handle(wire::keys::ReadAudit{},
                             [this, busy, expect, a = std::move(a)](const ControlAnswer&) mutable {
                               verify(expect, busy, std::move(a));
                             });
        });
      });
}

void Console::verify(const std::optional<kms::AuditPosition>& expect, const ApiError& busy,
                     Answer<shapes::AuditProof> answer) {
  const auto proof = std::make_shared<expected<keys::AuditResult, std::string>>();
  const auto held = std::make_shared<Answer<shapes::AuditProof>>(std::move(answer));
  const bool started =
      reads_.start([proof, folder = key_folder(), expect] { *proof = keys::verify_audit(folder, expect); },
                   [proof, held] {
                     shapes::AuditProof out;
                     out.whole = proof->has_value();
                     if (!*proof) {
                       out.problem = proof->error();
                     } else {
                       const keys::AuditResult& r = **proof;
                       out.entries = r.entries;
                       out.checkpoints = r.checkpoints;
                       out.unsigned_entries = r.unsigned_entries;
                       out.position = keys::to_text({r.entries, r.chain});
                     }
                     (*held)(out);
                   });
  if (!started) (*held)(busy);
}

}  // namespace sealhall::control
