// What only the admin console asks for: the keys with their audit log, and the state of the machine.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "io/net/loop.h"
#include "server/api/registry.h"
#include "server/control/kms_link.h"
#include "server/control/live_meetings.h"
#include "server/control/media_pool.h"
#include "server/control/recording_link.h"
#include "server/identity/accounts.h"
#include "server/keys/audit_file.h"
#include "server/vault/key_admin.h"
#include "store/outbox.h"
#include "store/profiles.h"
#include "store/sign_ins.h"

namespace sealhall::control {
namespace shapes {
struct AuditProof;
}

/// Reads of large files, one at a time, on a thread of its own: the loop goes on.
class SlowReads {
 public:
  explicit SlowReads(io::Loop& loop) : loop_(loop) {}
  ~SlowReads();
  SlowReads(const SlowReads&) = delete;
  SlowReads& operator=(const SlowReads&) = delete;

  /// `read` on the thread, then `done` on the loop. False when another read is under way.
  bool start(std::function<void()> read, std::move_only_function<void()> done);

 private:
  io::Loop& loop_;
  std::thread thread_;
  bool busy_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// Lives as long as the registry.
class Console {
 public:
  /// Destroying keys wants a sign-in that is not older; longer gives a stolen session more time.
  static constexpr Duration recent = std::chrono::minutes{10};

  struct Parts {
    io::Loop& loop;
    store::Engine& engine;
    const io::WallClock& clock;
    identity::Accounts& accounts;
    vault::KeyAdmin& keys;
    KmsLink& kms;
    MediaPool& media;
    LiveMeetings& meetings;
    RecordingLink& recording;
    std::string data_directory;
    std::string public_url;
    std::string database;  ///< "SQLite" or "PostgreSQL"
    std::string blobs;     ///< "files" or "S3"
    bool mail = false;     ///< there is a server to send mail by
    std::function<UnixMicros()> certificate_not_after;
  };
  Console(api::Registry& registry, Parts parts);

 private:
  void add_keys(api::Registry& registry);  // console_keys.cc
  void add_kit(api::Registry& registry);
  void add_audit(api::Registry& registry);  // console_keys.cc
  void verify(const std::optional<kms::AuditPosition>& expect, const ApiError& busy,
              api::Answer<shapes::AuditProof> answer);
  void add_machine(api::Registry& registry);     // console_machine.cc
  void add_live(api::Registry& registry);        // console_machine.cc
  void add_recordings(api::Registry& registry);  // console_recordings.cc
  struct OpenedPage {
    std::uint64_t total = 0;
    std::vector<recordings::OpenedRecording> opened;
  };
  void list_recordings(const std::string& account, const std::string& host, UnixMicros from, UnixMicros to, bool trash,
                       api::Window window, api::Done<OpenedPage> done);
  static void open_what_opens(recordings::Library& library, std::vector<store::Recording> rows, std::uint64_t total,
                              api::Done<OpenedPage> done);

  /// Calls `go` when the caller is an owner of its account.
  template <class A, class Go>
  void for_owner(const api::Caller& caller, A answer, Go go) {
    users_.user(caller.user_id, [answer = std::move(answer), go = std::move(go)](auto user) mutable {
      if (!user) return answer(api::from_store(user.error()));
      if (!*user || (*user)->role_id != "owner") {
        return answer(api::ApiError{403, "Only an owner of the account may do this."});
      }
      go(std::move(answer));
    });
  }
  /// The same, when the caller has signed in a short time ago.
  template <class A, class Go>
  void for_recent_owner(const api::Caller& caller, A answer, Go go) {
    for_owner(caller, std::move(answer), [this, caller, go = std::move(go)](A of_owner) mutable {
      const UnixMicros now = parts_.clock.now();
      sign_ins_.sessions_of(
          caller.user_id, now, [caller, now, answer = std::move(of_owner), go = std::move(go)](auto sessions) mutable {
            if (!sessions) return answer(api::from_store(sessions.error()));
            for (const store::SessionInfo& s : *sessions) {
              if (s.token_hash == caller.token_hash && now <= identity::plus(s.created_at, recent)) {
                return go(std::move(answer));
              }
            }
            answer(api::ApiError{403, "Please sign in again first: this wants a sign-in of the last ten minutes."});
          });
    });
  }
  void log(const api::Caller& caller, std::string action, std::string object);
  [[nodiscard]] std::string key_folder() const { return parts_.data_directory + "/keys"; }

  Parts parts_;
  store::Store users_;
  store::SignIns sign_ins_;
  store::Outbox outbox_;
  store::Profiles profiles_;
  SlowReads reads_;
  UnixMicros started_;
};

}  // namespace sealhall::control
