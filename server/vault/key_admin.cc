// Tested in tests/vault/key_admin_test.cc
#include "server/vault/key_admin.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/base/encoding.h"

namespace sealhall::vault {
namespace {

using namespace wire::keys;
using wire::kms::KeyFailure;
using wire::kms::KmsMessage;
using wire::kms::Principal;

std::string sentence_of(KeyFailure failure) {
  switch (failure) {
    case KeyFailure::unknown_key:
      return "There is no such key, or it is destroyed already.";
    case KeyFailure::not_saved:
      return "The keystore or the audit log could not be written; nothing was changed. The key service's log says why.";
    case KeyFailure::no_keys:
      return "The key service cannot use its keys; its log says why.";
    case KeyFailure::too_fast:
      return "The key service is asked too often; try again in a second.";
    case KeyFailure::not_allowed:
    case KeyFailure::not_authentic:
    case KeyFailure::destroyed:
      break;
  }
  return "The key service has refused this.";
}
std::string away() { return "The key service is away; try again when it is back."; }
std::string store_failed() { return "The database does not answer; the server's log says why."; }

/// The problem in an answer that is not what was asked for.
template <class T>
std::string problem_in(const expected<KmsMessage, VaultError>& answer) {
  if (!answer) return away();
  if (const auto* refused = std::get_if<wire::kms::KeysRefused>(&*answer)) return sentence_of(refused->failure);
  return std::holds_alternative<T>(*answer) ? std::string{} : "The key service gave an answer to something else.";
}

std::uint32_t newest_of(const wire::kms::AccountKey& key) {
  std::uint32_t newest = 0;
  for (const auto& v : key.versions) {
    if (v.state == wire::kms::KeyState::enabled) newest = std::max(newest, v.version);
  }
  return newest;
}

}  // namespace

void KeyAdmin::list_keys(OnKeys done) {
  source_.ask(wire::kms::ListKeys{0, Principal::control}, guarded([done = std::move(done)](auto answer) mutable {
                const std::string problem = problem_in<wire::kms::KeysListed>(answer);
                if (!problem.empty()) return done(unexpected(problem));
                done(std::move(std::get<wire::kms::KeysListed>(*answer)));
              }));
}

void KeyAdmin::ask_changed(wire::kms::ControlMessage question, Reply reply, std::move_only_function<void(Reply)> then) {
  source_.ask(std::move(question),
              guarded([this, reply = std::move(reply), then = std::move(then)](auto answer) mutable {
                std::string problem = problem_in<wire::kms::KeysChanged>(answer);
                if (!problem.empty()) return reply(Problem{std::move(problem)});
                changed_();
                then(std::move(reply));
              }));
}

void KeyAdmin::handle(const CommandMessage& message, Reply reply) {
  if (std::holds_alternative<List>(message)) return report(std::move(reply));
  if (const auto* wanted = std::get_if<Rotate>(&message)) return rotate(*wanted, std::move(reply));
  if (const auto* wanted = std::get_if<Destroy>(&message)) return destroy(*wanted, std::move(reply));
  if (std::holds_alternative<ReadAudit>(message)) {
    return source_.ask(wire::kms::ReadAuditHead{0, Principal::administrator},
                       guarded([reply = std::move(reply)](auto answer) mutable {
                         std::string problem = problem_in<wire::kms::AuditHead>(answer);
                         if (!problem.empty()) return reply(Problem{std::move(problem)});
                         auto& head = std::get<wire::kms::AuditHead>(*answer);
                         reply(Position{head.entries, std::move(head.chain)});
                       }));
  }
  reply(wire::keys::Done{});
}

void KeyAdmin::report(Reply reply) {
  list_keys([this, reply = std::move(reply)](auto listed) mutable {
    if (!listed) return reply(Problem{listed.error()});
    keys_.counts(guarded([this, listed = std::move(*listed), reply = std::move(reply)](auto counts) mutable {
      if (!counts) return reply(Problem{store_failed()});
      std::map<std::pair<std::string, std::int64_t>, std::int64_t> by_version;
      for (const store::WrappingCount& c : *counts) by_version[{c.wrapping_key, c.wrapping_version}] = c.count;
      Report out;
      out.root = listed.root;
      out.shredded = listed.shredded;
      out.rewrapping = running_;
      out.rewrapped = done_;
      for (const wire::kms::AccountKey& key : listed.keys) {
        AccountKey shown{key.key_id, key.account_id, key.period, {}};
        const std::uint32_t newest = newest_of(key);
        for (const auto& v : key.versions) {
          const auto found = by_version.find({to_hex(key.key_id), v.version});
          const auto count = found == by_version.end() ? std::uint64_t{0} : static_cast<std::uint64_t>(found->second);
          const bool destroyed = v.state == wire::kms::KeyState::destroyed;
          shown.versions.push_back({v.version, v.created_at, destroyed, count});
          if (!destroyed && v.version < newest) out.to_rewrap += count;
        }
        out.keys.push_back(std::move(shown));
      }
      reply(std::move(out));
    }));
  });
}

void KeyAdmin::rotate(const Rotate& wanted, Reply reply) {
  if (wanted.root) {
    return ask_changed(wire::kms::RotateKeys{0, Principal::administrator, ""}, std::move(reply),
                       [](Reply r) { r(wire::keys::Done{}); });
  }
  if (!wanted.account_id.empty()) return rotate_accounts({wanted.account_id}, wanted.retire, std::move(reply));
  list_keys([this, retire = wanted.retire, reply = std::move(reply)](auto listed) mutable {
    if (!listed) return reply(Problem{listed.error()});
    std::set<std::string> accounts;
    for (const auto& key : listed->keys) accounts.insert(key.account_id);
    rotate_accounts({accounts.begin(), accounts.end()}, retire, std::move(reply));
  });
}

void KeyAdmin::rotate_accounts(std::vector<std::string> accounts, bool retire, Reply reply) {
  if (accounts.empty()) {
    retire_ = retire_ || retire;
    rewrap();
    return reply(wire::keys::Done{});
  }
  std::string account = std::move(accounts.back());
  accounts.pop_back();
  ask_changed(wire::kms::RotateKeys{0, Principal::administrator, std::move(account)}, std::move(reply),
              [this, accounts = std::move(accounts), retire](Reply r) mutable {
                rotate_accounts(std::move(accounts), retire, std::move(r));
              });
}

void KeyAdmin::destroy(const Destroy& wanted, Reply reply) {
  keys_.counts(guarded([this, wanted, reply = std::move(reply)](auto counts) mutable {
    if (!counts) return reply(Problem{store_failed()});
    std::int64_t under = 0;
    for (const store::WrappingCount& c : *counts) {
      if (c.wrapping_key == to_hex(wanted.key_id) && (wanted.version == 0 || c.wrapping_version == wanted.version))
        under += c.count;
    }
    if (under > 0 && !wanted.with_content) {
      return reply(Problem{std::to_string(under) +
                           " data keys are under it, and what they seal would be lost for good. Rotate first, or say "
                           "--with-content when that is what you want."});
    }
    ask_changed(wire::kms::DestroyKey{0, Principal::administrator, wanted.key_id, wanted.version}, std::move(reply),
                [](Reply r) { r(wire::keys::Done{}); });
  }));
}

// ---- the re-wrap --------------------------------------------------------------------------------------------------
// Where it is stands in the rows themselves: a row that names an old version has to be done. So it may stop anywhere.

void KeyAdmin::rewrap() {
  if (running_) {
    again_ = true;
    return;
  }
  running_ = true;
  again_ = false;
  done_ = 0;
  list_keys([this](auto listed) {
    if (!listed) return stop();
    work_.clear();
    for (const auto& key : listed->keys) {
      Work work{key.key_id, key.account_id, newest_of(key), {}, "", false};
      for (const auto& v : key.versions) {
        if (v.state == wire::kms::KeyState::enabled && v.version < work.newest) work.old.push_back(v.version);
      }
      if (!work.old.empty()) work_.push_back(std::move(work));
    }
    next();
  });
}

void KeyAdmin::stop() {
  running_ = false;
  work_.clear();
  if (std::exchange(again_, false)) rewrap();
}

void KeyAdmin::next() {
  if (work_.empty()) {
    retire_ = retire_ && again_;
    return stop();
  }
  const Work& work = work_.back();
  keys_.older_than(to_hex(work.key_id), work.newest, work.after, batch, guarded([this](auto rows) {
                     if (!rows) return stop();
                     if (rows->empty()) return key_done();
                     batch_read(std::move(*rows));
                   }));
}

void KeyAdmin::batch_read(std::vector<store::DataKey> rows) {
  Work& work = work_.back();
  work.after = rows.back().id;
  wire::kms::RewrapDataKeys question{0, Principal::control, work.account_id, {}};
  for (const store::DataKey& row : rows) question.wrapped.push_back(row.wrapped);
  source_.ask(std::move(question), guarded([this, rows = std::move(rows)](auto answer) mutable {
                // kms went away: `rewrap` is called again when it comes.
                if (!problem_in<wire::kms::DataKeysRewrapped>(answer).empty()) return stop();
                auto& wrapped = std::get<wire::kms::DataKeysRewrapped>(*answer).wrapped;
                if (wrapped.size() != rows.size()) return stop();
                batch_wrapped(std::move(rows), std::move(wrapped));
              }));
}

void KeyAdmin::batch_wrapped(std::vector<store::DataKey> rows, std::vector<Bytes> wrapped) {
  std::vector<store::DataKeys::Rewrapped> changes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (wrapped[i].empty()) {
      work_.back().failed = true;  // shredded meanwhile, or damaged: it stays as it is
      continue;
    }
    const auto info = envelope::read_wrapped_key(wrapped[i]);
    if (!info) continue;
    changes.push_back({std::move(rows[i].id), std::move(rows[i].wrapped), std::move(wrapped[i]), info->under.version});
  }
  const std::uint64_t count = changes.size();
  keys_.rewrap(std::move(changes), guarded([this, count](auto done) {
                 if (!done) return stop();
                 done_ += count;
                 later_(guarded([this] { next(); }));
               }));
}

void KeyAdmin::key_done() {
  if (!retire_ || work_.back().failed) {
    work_.pop_back();
    return next();
  }
  retire_next();
}

void KeyAdmin::retire_next() {
  Work& work = work_.back();
  if (work.old.empty()) {
    work_.pop_back();
    return next();
  }
  const std::uint32_t version = work.old.back();
  work.old.pop_back();
  // `destroy` counts once more: a key that was made under the old version meanwhile keeps it.
  destroy({work.key_id, version, false}, [this](const ControlAnswer&) { retire_next(); });
}

}  // namespace sealhall::vault
