#include "server/keys/doctor.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/crypto/random.h"
#include "io/clamd/clamd.h"
#include "io/files/files.h"
#include "kms/keystore.h"
#include "server/keys/control_client.h"
#include "server/keys/key_files.h"
#include "server/kms/kit_record.h"
#include "store/mail_report.h"
#include "store/migrations.h"
#include "store/open.h"
#include "store/recording_report.h"
#include "store/sqlite.h"

namespace sealhall::keys {
namespace {

using enum Verdict;

std::string database_of(const std::string& data) { return data + "/accounts.sqlite"; }

void look_at_folder(const std::string& data, std::vector<Finding>& out) {
  struct stat info{};
  if (::stat(data.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    out.push_back({bad, "There is no data folder " + data + ". Is --data the one that the server was started with?"});
    return;
  }
  if ((info.st_mode & 077) != 0) {
    out.push_back({bad, "Others may look into " + data + ". Close it: chmod 700 " + data});
  } else {
    out.push_back({good, "The data folder " + data + " is its owner's alone."});
  }
  struct statvfs disk{};
  if (::statvfs(data.c_str(), &disk) == 0) {
    const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    constexpr std::uint64_t little = std::uint64_t{1} << 30;
    out.push_back({free < little ? bad : good, "There are " + std::to_string(free >> 20) + " MiB free on its disk" +
                                                   (free < little ? ": recordings will stop soon." : ".")});
  }
}

void look_at_keys(const DoctorOptions& options, std::vector<Finding>& out) {
  const kms::KeyFolderOptions place{options.data + "/keys", options.passphrase_file};
  if (options.root_in_hsm) {
    out.push_back(
        {note, "The root key is in an HSM; `sealhall keys list` on the running server tells about the keys."});
    return;
  }
  if (!io::file_exists(kms::keystore_path(place.folder))) {
    out.push_back({note, "There is no keystore yet; the first start makes one."});
    return;
  }
  for (const std::string& file : {kms::root_key_path(place.folder), kms::keystore_path(place.folder)}) {
    struct stat info{};
    if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 077) != 0)
      out.push_back({bad, "Others may read " + file + ". Close it: chmod 600 " + file});
  }
  crypto::SystemRandom random;
  const auto root = kms::read_root(place, random);
  if (!root) {
    out.push_back({bad, root.error() + " Without it nothing that is stored can be read: sealhall keys recover"});
  } else {
    const auto text = io::read_file(kms::keystore_path(place.folder), std::size_t{1} << 30);
    const auto keystore = text ? kms::Keystore::load(as_text(*text), *root, random, [](ByteView) { return false; })
                               : unexpected(kms::KeystoreError::malformed);
    if (keystore) {
      out.push_back({good, "The root key opens the keystore, which has " + std::to_string((*keystore)->list().size()) +
                               " account keys."});
      const auto shown = kms::read_kit_record(place.folder);
      if (!shown || shown->root != to_hex(ByteView{(*root)->id()}.first(4))) {
        out.push_back({note, (shown ? "The recovery kit that was shown is of an older root key"
                                    : "The recovery kit was never shown here") +
                                 std::string{": print it, sealhall keys kit"}});
      }
    } else {
      out.push_back({bad, "The keystore cannot be opened: " + std::string{sentence_of(keystore.error())} + "."});
    }
  }
  const auto audit = verify_audit(place.folder, std::nullopt);
  out.push_back(audit ? Finding{good, "The audit log is whole: " + std::to_string(audit->entries) + " entries."}
                      : Finding{bad, "The audit log is not as it was written. " + audit.error()});
}

void look_at_mail(store::Database& database, std::vector<Finding>& out) {
  const auto report = store::mail_report(database);
  if (!report) {
    out.push_back({bad, "The mails that wait cannot be read from the database."});
    return;
  }
  if (!*report) return;
  const store::MailReport& mail = **report;
  const std::string why = mail.problem.empty() ? "" : " The newest attempt failed: " + mail.problem + ".";
  if (mail.given_up > 0) {
    out.push_back({bad, std::to_string(mail.given_up) + " mails were given up after three days." + why +
                            " Look at \"mail\" in identity.json and send invitations again."});
  }
  if (mail.troubled > 0) {
    out.push_back({bad, std::to_string(mail.troubled) + " mails wait because they could not be sent." + why});
  } else if (mail.waiting > 0) {
    out.push_back({note, std::to_string(mail.waiting) + " mails wait to be sent."});
  }
  if (mail.waiting == 0 && mail.given_up == 0) out.push_back({good, "No mail waits."});
}

void look_at_recordings(store::Database& database, bool bucket, std::vector<Finding>& out) {
  const auto report = store::recording_report(database);
  if (!report) {
    out.push_back({bad, "Where recordings are cannot be read from the database."});
    return;
  }
  if (!*report) return;
  const store::RecordingReport& is = **report;
  if (is.moved > 0 && !bucket) {
    out.push_back({bad, std::to_string(is.moved) +
                            " recordings were moved into a bucket, and the settings name none now. Set s3_endpoint and "
                            "what belongs to it again, or copy the bucket into blobs/."});
  }
  if (bucket) {
    out.push_back({is.here > 0 ? note : good, std::to_string(is.moved) + " recordings are in the bucket, " +
                                                  std::to_string(is.here) + " wait on this disk to be moved there."});
  }
  if (is.doomed > 0)
    out.push_back({note, std::to_string(is.doomed) + " deleted recordings or files are still to be taken away there. "
                                                     "Their keys are destroyed if the whole recording was deleted."});
}

void look_at_database(const std::string& data, const std::string& named, bool bucket, std::vector<Finding>& out) {
  if (!named.empty()) {
    const std::string problem = store::try_database(named);
    out.push_back(problem.empty() ? Finding{good, "The database that the settings name answers."}
                                  : Finding{bad, problem});
    return;
  }
  if (!io::file_exists(database_of(data))) {
    out.push_back({note, "There is no database file here yet; the first start makes one."});
    return;
  }
  auto database = store::Database::open(database_of(data), store::Database::Mode::read_only);
  auto checked = database ? database->run({"PRAGMA quick_check(1)"}) : unexpected(database.error());
  if (checked && !checked->empty() && checked->text(0, 0) == "ok") {
    out.push_back({good, "The database is whole."});
    look_at_mail(*database, out);
    look_at_recordings(*database, bucket, out);
  } else {
    out.push_back({bad, "The database " + database_of(data) + " is damaged or cannot be read; restore a backup."});
  }
}

void look_at_blobs(const store::BlobSettings& settings, std::vector<Finding>& out) {
  const auto place = store::s3_place(settings);
  if (!place) {
    out.push_back({bad, place.error()});
  } else if (*place) {
    const std::string problem = store::try_s3(**place);
    out.push_back(problem.empty()
                      ? Finding{good, "The S3 server takes our keys, and the bucket " + (*place)->bucket + " is there."}
                      : Finding{bad, problem});
    if ((*place)->endpoint.starts_with("http://")) {
      out.push_back(
          {note, "s3_endpoint is not encrypted. What is stored is sealed, but its names and sizes can be seen."});
    }
  }
}

void look_at_server(const std::string& run, std::vector<Finding>& out) {
  auto client = ControlClient::connect(run);
  if (!client) {
    out.push_back({note, "The server is not running."});
    return;
  }
  const auto report = client->ask(wire::keys::List{});
  out.push_back(report ? Finding{good, "The server runs, and its key service answers."}
                       : Finding{bad, "The server runs, but: " + report.error()});
}

void look_at_scanner(const std::string& clamd, std::vector<Finding>& out) {
  if (clamd.empty()) return;
  const auto answers = io::ping_clamd(clamd);
  out.push_back(answers ? Finding{good, "The virus scanner at " + clamd + " answers."}
                        : Finding{bad, "Files for the chat cannot be scanned. " + answers.error()});
}

}  // namespace

std::vector<Finding> examine(const DoctorOptions& options) {
  std::vector<Finding> out;
  look_at_folder(options.data, out);
  if (out.front().verdict == bad && out.size() == 1) return out;
  look_at_keys(options, out);
  look_at_database(options.data, options.database, !options.blobs.s3_endpoint.empty(), out);
  look_at_blobs(options.blobs, out);
  look_at_scanner(options.scan_clamd, out);
  look_at_server(options.run.empty() ? options.data + "/run" : options.run, out);
  return out;
}

std::vector<Finding> examine_upgrade(const std::string& data) {
  if (!io::file_exists(database_of(data)))
    return {{note, "There is no database file in " + data + ": nothing to upgrade."}};
  auto database = store::Database::open(database_of(data), store::Database::Mode::read_only);
  const Finding unreadable{bad, "The database " + database_of(data) + " cannot be read."};
  if (!database) return {unreadable};
  std::vector<std::string> applied;
  const auto table = database->run({"SELECT 1 FROM sqlite_schema WHERE type='table' AND name='schema_steps'"});
  if (!table) return {unreadable};
  if (!table->empty()) {
    const auto names = database->run({"SELECT name FROM schema_steps"});
    if (!names) return {unreadable};
    for (std::size_t i = 0; i < names->size(); ++i) applied.push_back(names->text(i, 0));
  }
  const auto missing = store::steps_to_do(applied);
  if (!missing) {
    return {{bad,
             "A later version of Sealhall has written this database. This version leaves it alone; go on with the "
             "later one, or restore a backup from before."}};
  }
  if (missing->empty()) return {{good, "The database is what this version expects; nothing has to be changed."}};
  std::vector<Finding> out{{note, "At its next start this version makes " + std::to_string(missing->size()) +
                                      " changes to the database. Make a backup first: there is no way back."}};
  for (const store::SchemaStep& step : *missing) out.push_back({note, "  " + std::string{step.name}});
  return out;
}

}  // namespace sealhall::keys
