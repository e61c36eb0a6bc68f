#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/base/encoding.h"
#include "core/base/random.h"
#include "io/files/files.h"
#include "kms/recovery_kit.h"
#include "server/keys/backup.h"
#include "server/keys/doctor.h"
#include "server/keys/key_files.h"
#include "server/kms/kit_record.h"
#include "store/migrations.h"
#include "store/open.h"
#include "store/sqlite.h"
#include "store/testing_postgres.h"
#include "store/transfer.h"

namespace sealhall::keys {
namespace {

using namespace wire::kms;
namespace fs = std::filesystem;

struct Place {
  Place() {
    std::string pattern = "/tmp/sealhall_backup_XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
    data = path + "/data";
    REQUIRE(io::make_private_folder(data));
    random.fill(seed.reveal_mutable());
  }
  ~Place() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  void write(const std::string& file, std::string_view text) {
    fs::create_directories(fs::path{file}.parent_path());
    REQUIRE(io::write_file_atomically(file, as_bytes(text)));
  }
  std::string read(const std::string& file) const {
    const auto bytes = io::read_file(file, std::size_t{1} << 30);
    return bytes ? std::string{as_text(*bytes)} : std::string{"(missing)"};
  }
  /// A database with one row, a recording of 200,000 bytes, a keystore with one data key.
  Bytes fill() {
    auto database = store::Database::open(data + "/accounts.sqlite", store::Database::Mode::read_write);
    REQUIRE(database);
    REQUIRE(database->execute("CREATE TABLE t(x TEXT); INSERT INTO t VALUES('here')"));
    write(data + "/blobs/a/recording", std::string(200'000, 'r'));
    write(data + "/sealhall.toml", "listen = \"127.0.0.1:8443\"\n");
    write(data + "/run/setup-link", "secret");
    write(data + "/lock", "");
    return make_key(data);
  }
  std::unique_ptr<kms::KeyFolder> open(const std::string& in) {
    auto folder = kms::KeyFolder::open({.folder = in + "/keys"}, random, clock);
    REQUIRE(folder);
    return std::move(*folder);
  }
  Bytes make_key(const std::string& in) {
    const auto folder = open(in);
    const auto answer = folder->service().handle(MakeDataKeys{1, Principal::control, "account", "", 1}, {});
    return std::get<DataKeysMade>(*answer).keys[0].wrapped;
  }
  bool opens(const std::string& in, const Bytes& wrapped) {
    const auto answer = open(in)->service().handle(OpenDataKey{1, Principal::control, "account", wrapped}, {});
    return std::holds_alternative<DataKeyOpened>(*answer);
  }

  SeededRandom random{31};
  io::SystemWallClock clock;
  BackupSeed seed;
  std::string path, data;
};

TEST_CASE("backup: a blank machine with the backup, the keystore's backup and the sheet of paper opens everything") {
  Place p;
  const Bytes wrapped = p.fill();
  const std::string kit = kms::recovery_kit(*kms::read_root({.folder = p.data + "/keys"}, p.random).value(),
                                            audit_key_fingerprint(p.data + "/keys"));
  const std::string backup = p.path + "/backup";
  const auto made = make_backup(p.data, backup, backup_recipient(p.seed), p.random);
  REQUIRE(made);
  CHECK(made->files == 3);
  CHECK(made->key_files == 3);
  CHECK_FALSE(io::file_exists(backup + ".database"));
  fs::remove_all(p.data);

  const std::string blank = p.path + "/blank";
  const auto restored = restore_backup(backup, keys_archive(backup), p.seed, blank);
  REQUIRE(restored);
  CHECK(restored->files == 3);
  CHECK(p.read(blank + "/blobs/a/recording") == std::string(200'000, 'r'));
  CHECK_FALSE(io::file_exists(blank + "/run/setup-link"));
  CHECK_FALSE(io::file_exists(blank + "/keys/root.key"));
  auto database = store::Database::open(blank + "/accounts.sqlite", store::Database::Mode::read_write);
  REQUIRE(database);
  CHECK(database->run({"SELECT x FROM t"})->text(0, 0) == "here");

  const auto root = kms::read_recovery_code(kit, p.random);
  REQUIRE(root);
  REQUIRE(put_root({.folder = blank + "/keys"}, *root, p.random));
  CHECK(p.opens(blank, wrapped));
  CHECK(verify_audit(blank + "/keys", std::nullopt));
}

TEST_CASE("backup: what is on no disk goes in piece by piece; what was deleted since it was listed is left out") {
  Place p;
  p.fill();
  const Bytes far(3'000'000, 7);
  const auto reads = [&](std::uint64_t at, std::size_t length) {
    const auto from = far.begin() + static_cast<std::ptrdiff_t>(at);
    return Bytes(from, from + static_cast<std::ptrdiff_t>(length));
  };
  const auto gone = [](std::uint64_t, std::size_t) { return Bytes{}; };
  const std::vector<ArchivedFile> files{{"blobs/far", "", far.size(), reads},
                                        {"blobs/gone", "", 10, gone},
                                        {"gone", p.path + "/nowhere"},
                                        {"blobs/none", "", 0, gone}};
  const std::string archive = p.path + "/archive";
  const auto written = write_archive(archive, files, backup_recipient(p.seed), p.random);
  REQUIRE_MESSAGE(written.has_value(), (written ? "" : written.error()));
  CHECK(*written == 2);
  const std::string blank = p.path + "/blank";
  REQUIRE(io::make_private_folder(blank));
  CHECK(read_archive(archive, p.seed, blank) == 2U);
  CHECK(io::read_file(blank + "/blobs/far", 4'000'000).value() == far);
  CHECK(io::read_file(blank + "/blobs/none", 1).value().empty());
  const auto shorter = [&](std::uint64_t at, std::size_t length) { return at == 0 ? reads(at, length) : Bytes{}; };
  CHECK_FALSE(write_archive(archive, {{"blobs/far", "", far.size(), shorter}}, backup_recipient(p.seed), p.random));
  const store::BlobSettings none;
  CHECK(make_backup(p.data, archive, backup_recipient(p.seed), p.random, {}, &none).error().find("no bucket") !=
        std::string::npos);
}

TEST_CASE("backup: of a PostgreSQL database, into another one and into a file") {
  auto& server = store::testing::PostgresServer::instance();
  Place p;
  p.fill();
  io::remove_file(p.data + "/accounts.sqlite");
  const std::string name = server.new_database();
  REQUIRE(server.execute(name, "INSERT INTO accounts(id, name, created_at) VALUES('kept','Kept',7)"));
  p.write(p.path + "/address", server.url(name) + "\n");
  const std::string from = "file:" + p.path + "/address";
  const auto content = [](const std::string& database) {
    io::Loop loop;
    auto engine = store::open_engine(loop, database);
    REQUIRE(engine.has_value());
    auto found = store::describe(loop, **engine);
    REQUIRE(found.has_value());
    return *found;
  };
  const std::string backup = p.path + "/backup";
  const auto without = make_backup(p.data, backup, backup_recipient(p.seed), p.random);
  REQUIRE_FALSE(without);
  CHECK(without.error().find("--database") != std::string::npos);
  CHECK_FALSE(io::file_exists(backup));
  const auto made = make_backup(p.data, backup, backup_recipient(p.seed), p.random, from);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error()));
  CHECK(made->files == 3);
  CHECK_FALSE(io::file_exists(backup + ".database"));
  for (const bool to_file : {true, false}) {
    CAPTURE(to_file);
    const std::string blank = p.path + (to_file ? "/file" : "/server");
    const std::string other = to_file ? "" : server.url(server.new_database());
    REQUIRE(restore_backup(backup, keys_archive(backup), p.seed, blank));
    REQUIRE(io::file_exists(blank + "/database.export"));
    const auto imported = import_database(blank, other);
    REQUIRE_MESSAGE(imported.has_value(), (imported ? "" : imported.error()));
    CHECK(*imported);
    CHECK_FALSE(io::file_exists(blank + "/database.export"));
    CHECK(content(to_file ? blank + "/accounts.sqlite" : other) == content(from));
    CHECK(import_database(blank, other) == false);
  }
  CHECK(make_backup(p.data, backup, backup_recipient(p.seed), p.random, "postgres:///nowhere?host=/nonexistent")
            .error()
            .find("cannot be used") != std::string::npos);
}

TEST_CASE("backup: nothing readable is in it, and it opens with its key only") {
  Place p;
  p.fill();
  const std::string backup = p.path + "/backup";
  REQUIRE(make_backup(p.data, backup, backup_recipient(p.seed), p.random));
  for (const std::string& file : {backup, keys_archive(backup)}) {
    for (const char* known : {"accounts.sqlite", "rrrrrrrr", "keystore", "127.0.0.1", "SQLite format"})
      CHECK(p.read(file).find(known) == std::string::npos);
  }
  BackupSeed other;
  p.random.fill(other.reveal_mutable());
  CHECK(restore_backup(backup, "", other, p.path + "/x").error().find("another key") != std::string::npos);
  CHECK(make_backup(p.data, backup, "nonsense", p.random).error().find("--encrypt-to") != std::string::npos);
  CHECK(read_backup_key(encode_backup_key(p.seed)).value() == p.seed);
  CHECK_FALSE(read_backup_key("sealhall backup key 1\nzz"));
  CHECK_FALSE(read_backup_key("sealhall backup key 1\n#"));
}

TEST_CASE("backup: of one that was cut or changed nothing is restored, and a folder in use is left alone") {
  Place p;
  p.fill();
  const std::string backup = p.path + "/backup", target = p.path + "/target";
  REQUIRE(make_backup(p.data, backup, backup_recipient(p.seed), p.random));
  const std::string good = p.read(backup);
  for (const std::size_t at :
       {std::size_t{3}, std::size_t{18}, std::size_t{40}, std::size_t{5000}, good.size() / 2, good.size() - 1}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    p.write(backup, bad);
    CHECK_FALSE(restore_backup(backup, "", p.seed, target));
    CHECK_FALSE(io::file_exists(target + "/accounts.sqlite"));
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{50}, std::size_t{4200}, good.size() - 20}) {
    p.write(backup, good.substr(0, size));
    CHECK_FALSE(restore_backup(backup, "", p.seed, target));
  }
  p.write(backup, good);
  CHECK(restore_backup(backup, "", p.seed, p.data).error().find("already") != std::string::npos);
  CHECK(restore_backup(backup, "", p.seed, target));
}

TEST_CASE("backup: no name in it leads out of the folder") {
  for (const char* bad : {"", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "a/."}) {
    if (std::string_view{bad} == "a/") continue;
    CHECK_FALSE(harmless(bad));
  }
  CHECK(harmless("a/b..c/.d"));
}

TEST_CASE("recovery: another kit than the keystore's is refused, and a root key is never replaced") {
  Place p;
  p.fill();
  const auto other = kms::SoftwareRoot::generate("file", p.random);
  const kms::KeyFolderOptions options{.folder = p.data + "/keys"};
  const auto own = kms::read_root(options, p.random).value();
  CHECK(put_root(options, *other, p.random).error().find("another root key") != std::string::npos);
  CHECK(put_root(options, *own, p.random));
  io::remove_file(kms::root_key_path(options.folder));
  CHECK(put_root(options, *other, p.random).error().find("the keystore belongs to") != std::string::npos);
}

TEST_CASE("audit: verify finds an edit in the file, a removed line and a removed head") {
  Place p;
  p.fill();
  const std::string folder = p.data + "/keys", log = p.read(kms::audit_log_path(folder));
  const auto good = verify_audit(folder, std::nullopt);
  REQUIRE(good);
  CHECK(good->entries >= 3);
  CHECK(position_from(to_text({good->entries, good->chain})) == kms::AuditPosition{good->entries, good->chain});
  CHECK_FALSE(position_from("12"));
  CHECK_FALSE(position_from("12:zz"));
  std::string bad = log;
  bad.replace(bad.find("make_data_key"), 4, "open");
  p.write(kms::audit_log_path(folder), bad);
  CHECK(verify_audit(folder, std::nullopt).error().find("was changed") != std::string::npos);
  p.write(kms::audit_log_path(folder), log.substr(log.find('\n') + 1));
  CHECK(verify_audit(folder, std::nullopt).error().find("is missing") != std::string::npos);
  p.write(kms::audit_log_path(folder), log.substr(0, log.rfind('\n', log.size() - 2) + 1));
  CHECK(verify_audit(folder, std::nullopt).error().find("end is missing") != std::string::npos);
  p.write(kms::audit_log_path(folder), log);
  io::remove_file(kms::audit_head_path(folder));
  CHECK_FALSE(verify_audit(folder, std::nullopt));
}

TEST_CASE("doctor: a good folder has no problem, and each thing that is wrong is said") {
  Place p;
  p.fill();
  const auto problems = [&] {
    std::string out;
    for (const Finding& finding : examine({.data = p.data, .run = ""})) {
      if (finding.verdict == Verdict::bad) out += finding.sentence + "\n";
    }
    return out;
  };
  CHECK(problems().empty());
  const auto says = [&](std::string_view words) {
    return std::ranges::any_of(examine({.data = p.data, .run = ""}),
                               [&](const Finding& f) { return f.sentence.find(words) != std::string::npos; });
  };
  CHECK(says("kit was never shown"));
  REQUIRE(kms::write_kit_record(p.data + "/keys", {"77777777", UnixMicros{17}}));
  CHECK(says("kit that was shown is of an older root key"));
  const auto root = kms::read_root({.folder = p.data + "/keys"}, p.random).value();
  REQUIRE(kms::write_kit_record(p.data + "/keys", {to_hex(ByteView{root->id()}.first(4)), UnixMicros{17}}));
  CHECK_FALSE(says("recovery kit"));
  REQUIRE(::chmod(kms::root_key_path(p.data + "/keys").c_str(), 0644) == 0);
  CHECK(problems().find("chmod 600") != std::string::npos);
  REQUIRE(::chmod(p.data.c_str(), 0755) == 0);
  CHECK(problems().find("chmod 700") != std::string::npos);
  io::remove_file(kms::root_key_path(p.data + "/keys"));
  CHECK(problems().find("sealhall keys recover") != std::string::npos);
  p.write(kms::audit_log_path(p.data + "/keys"), "x\n");
  CHECK(problems().find("audit log is not") != std::string::npos);
  p.write(p.data + "/accounts.sqlite", std::string(5000, 'x'));
  CHECK(problems().find("damaged") != std::string::npos);
  CHECK(examine({.data = p.path + "/nowhere", .run = ""}).front().verdict == Verdict::bad);
}

TEST_CASE("doctor: says of mail how much waits, what could not be sent and why, and what was given up") {
  Place p;
  p.fill();
  const auto findings = [&](Verdict verdict) {
    std::string out;
    for (const Finding& finding : examine({.data = p.data, .run = ""})) {
      if (finding.verdict == verdict) out += finding.sentence + "\n";
    }
    return out;
  };
  io::remove_file(p.data + "/accounts.sqlite");
  auto database = store::Database::open(p.data + "/accounts.sqlite", store::Database::Mode::read_write);
  REQUIRE(database);
  REQUIRE(store::migrate(*database));
  const auto put = [&](const char* id, int attempts, int given_up, const char* problem) {
    REQUIRE(
        database->execute("INSERT INTO mail_outbox(id, account_id, mail_sealed, attempts, not_before, created_at, "
                          "given_up, problem) VALUES('" +
                          std::string{id} + "','AAAAAAAAAAAAAAAAAAAAAA',x'00'," + std::to_string(attempts) + ",5,5," +
                          std::to_string(given_up) + ",'" + problem + "')"));
  };
  CHECK(findings(Verdict::good).find("No mail waits.") != std::string::npos);
  put("a", 0, 0, "");
  CHECK(findings(Verdict::note).find("1 mails wait to be sent.") != std::string::npos);
  CHECK(findings(Verdict::bad).empty());
  put("b", 2, 0, "unreachable");
  CHECK(findings(Verdict::bad)
            .find("1 mails wait because they could not be sent. The newest attempt failed: "
                  "unreachable.") != std::string::npos);
  put("c", 9, 1, "unreachable");
  CHECK(findings(Verdict::bad).find("1 mails were given up") != std::string::npos);
}

TEST_CASE("upgrade: says what would be changed, and leaves a later version's database alone") {
  Place p;
  CHECK(examine_upgrade(p.data).front().verdict == Verdict::note);
  p.fill();
  CHECK(examine_upgrade(p.data).size() > 2);
  const auto run = [&](const char* sql) {
    auto database = store::Database::open(p.data + "/accounts.sqlite", store::Database::Mode::read_write);
    REQUIRE(database);
    REQUIRE(database->execute(sql));
  };
  run("CREATE TABLE schema_steps(name TEXT PRIMARY KEY)");
  for (const store::SchemaStep& step : store::schema_steps())
    run(("INSERT INTO schema_steps VALUES('" + std::string{step.name} + "')").c_str());
  CHECK(examine_upgrade(p.data).front().verdict == Verdict::good);
  run("INSERT INTO schema_steps VALUES('of a later version')");
  CHECK(examine_upgrade(p.data).front().verdict == Verdict::bad);
}

TEST_CASE("doctor: says what is wrong with the S3 server and the database that the settings name") {
  Place p;
  p.fill();
  const auto said = [&](DoctorOptions options, Verdict verdict) {
    options.data = p.data;
    std::string out;
    for (const Finding& finding : examine(options)) {
      if (finding.verdict == verdict) out += finding.sentence + "\n";
    }
    return out;
  };
  DoctorOptions options;
  options.database = "postgres:///nowhere?host=/nonexistent";
  p.write(p.path + "/secret", "not a secret\n");
  options.blobs = {.s3_endpoint = "http://127.0.0.1:1",
                   .s3_bucket = "blobs",
                   .s3_access_key = "key",
                   .s3_secret_key = "file:" + p.path + "/secret"};
  const std::string bad = said(options, Verdict::bad);
  CHECK(bad.find("The database cannot be used.") != std::string::npos);
  CHECK(bad.find("s3_secret_key is missing or has characters") != std::string::npos);
  p.write(p.path + "/secret", "secret\n");
  CHECK(said(options, Verdict::bad).find("The S3 server http://127.0.0.1:1 does not answer.") != std::string::npos);
  CHECK(said(options, Verdict::note).find("s3_endpoint is not encrypted") != std::string::npos);
  CHECK(said({}, Verdict::bad).find("S3") == std::string::npos);
}

}  // namespace
}  // namespace sealhall::keys
