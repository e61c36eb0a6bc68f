// `sealhall keys`: list, rotate, destroy through the running server; kit and recover on the files.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <string>

#include "core/base/encoding.h"
#include "core/crypto/random.h"
#include "io/files/files.h"
#include "kms/keystore_file.h"
#include "kms/recovery_kit.h"
#include "kms/root_file.h"
#include "server/keys/commands.h"
#include "server/keys/control_client.h"
#include "server/keys/key_files.h"
#include "server/kms/kit_record.h"

namespace sealhall::keys {
namespace {

int fail(const std::string& sentence) {
  std::fprintf(stderr, "sealhall keys: %s\n", sentence.c_str());
  return 1;
}

std::string day_of(std::uint64_t micros) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>{std::chrono::microseconds{static_cast<std::int64_t>(micros)}})};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

void print(const wire::keys::Report& report) {
  std::printf("root key   %s\n", report.root.c_str());
  std::printf("shredded   %llu data keys\n", static_cast<unsigned long long>(report.shredded));
  if (report.rewrapping || report.to_rewrap > 0) {
    const std::uint64_t all = report.rewrapped + report.to_rewrap;
    std::printf("re-wrap    %llu of %llu%s\n", static_cast<unsigned long long>(report.rewrapped),
                static_cast<unsigned long long>(all),
                report.rewrapping ? "" : " (goes on when the key service is back)");
  }
  for (const auto& key : report.keys) {
    std::printf("\nkey %s   account %s   %s\n", to_hex(key.key_id).c_str(), key.account_id.c_str(),
                key.period.empty() ? "as long as the account" : key.period.c_str());
    for (const auto& v : key.versions) {
      std::printf("  version %-4u %s   %-9s %llu data keys\n", v.version, day_of(v.created_at).c_str(),
                  v.destroyed ? "destroyed" : "enabled", static_cast<unsigned long long>(v.data_keys));
    }
  }
}

int list(const std::string& run) {
  auto client = ControlClient::connect(run);
  if (!client) return fail(client.error());
  const auto answer = client->ask(wire::keys::List{});
  if (!answer) return fail(answer.error());
  if (const auto* report = std::get_if<wire::keys::Report>(&*answer)) print(*report);
  return 0;
}

/// Shows how far the re-wrap is until there is nothing left to do.
int wait_for_rewrap(ControlClient& client) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  for (;;) {
    const auto answer = client.ask(wire::keys::List{});
    if (!answer) return fail(answer.error());
    const auto& report = std::get<wire::keys::Report>(*answer);
    if (terminal || !report.rewrapping) {
      std::printf("%s%llu data keys wrapped again, %llu to go%s", terminal ? "\r" : "",
                  static_cast<unsigned long long>(report.rewrapped), static_cast<unsigned long long>(report.to_rewrap),
                  report.rewrapping ? "" : "\n");
      std::fflush(stdout);
    }
    if (!report.rewrapping) return 0;
    ::usleep(200'000);
  }
}

int rotate(const std::string& run, const wire::keys::Rotate& wanted) {
  auto client = ControlClient::connect(run);
  if (!client) return fail(client.error());
  if (const auto answer = client->ask(wanted); !answer) return fail(answer.error());
  if (wanted.root) {
    const auto now = client->ask(wire::keys::List{});
    const auto* report = now ? std::get_if<wire::keys::Report>(&*now) : nullptr;
    if (report != nullptr && report->root.starts_with("PKCS#11")) {
      std::printf(
          "There is a new root key in the token. The one before stays there and opens backups of the keystore from "
          "before:\nremove it when you need those no more.\n");
      return 0;
    }
    std::printf(
        "There is a new root key. The recovery kit from before is worth nothing now: print a new one with\n"
        "    sealhall keys kit\n");
    return 0;
  }
  std::printf("New versions are in use.\n");
  return wait_for_rewrap(*client);
}

int destroy(const std::string& run, const std::string& key, std::uint32_t version, bool with_content, bool sure) {
  const auto id = from_hex(key);
  if (!id || id->size() != 16) return fail(key + " is not the id of a key; `sealhall keys list` shows them.");
  if (!sure) return fail("What is destroyed never comes back. Say --yes when you are sure.");
  auto client = ControlClient::connect(run);
  if (!client) return fail(client.error());
  if (const auto answer = client->ask(wire::keys::Destroy{*id, version, with_content}); !answer)
    return fail(answer.error());
  std::printf("Destroyed. Copies of the keystore from before still hold it: delete them.\n");
  return 0;
}

/// So that the console can say whether the kit is on paper, and the audit log that somebody had it shown.
void note_kit(const std::string& folder, const kms::SoftwareRoot& root) {
  const io::SystemWallClock clock;
  const auto noted = kms::write_kit_record(folder, {to_hex(ByteView{root.id()}.first(4)), clock.now()});
  if (!noted) std::fprintf(stderr, "sealhall keys: that the kit was shown is not noted: %s\n", noted.error().c_str());
}

int kit(const kms::KeyFolderOptions& options) {
  crypto::SystemRandom random;
  const auto root = kms::read_root(options, random);
  if (!root) return fail(root.error());
  std::string text = kms::recovery_kit(**root, audit_key_fingerprint(options.folder));
  std::fputs(text.c_str(), stdout);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (std::fflush(stdout) != 0) return fail("The kit could not be written out.");
  note_kit(options.folder, **root);
  return 0;
}

int recover(const kms::KeyFolderOptions& options, const std::string& kit_file) {
  crypto::SystemRandom random;
  if (const auto made = io::make_private_folder(options.folder); !made) return fail(made.error().reason);
  std::string text;
  if (kit_file.empty()) {
    if (::isatty(STDIN_FILENO) == 1) std::printf("Type the two lines of the recovery kit, then Ctrl-D:\n");
    char c = 0;
    while (::read(STDIN_FILENO, &c, 1) == 1 && text.size() < 65536) text += c;
  } else {
    const auto read = io::read_file(kit_file, 65536);
    if (!read) return fail(read.error().reason);
    text = as_text(*read);
  }
  const auto root = kms::read_recovery_code(text, random);
  if (!root) return fail("There is no whole recovery code in this: a character is wrong or missing.");
  const auto put = put_root(options, *root, random);
  if (!put) return fail(put.error());
  note_kit(options.folder, *root);  // the sheet is there: it was typed from it
  std::printf("The root key %s is back. Start the server.\n", to_hex(ByteView{root->id()}.first(4)).c_str());
  return 0;
}

}  // namespace

int keys_main(int argc, char** argv) {
  CLI::App app{"The keys of what is stored.", "sealhall keys"};
  app.require_subcommand(1);
  std::string data = "sealhall-data", run, account, key, kit_file;
  kms::KeyFolderOptions options;
  bool root = false, retire = false, with_content = false, sure = false;
  std::uint32_t version = 0;
  const auto with_place = [&](CLI::App* command) {
    command->add_option("--data", data, "the server's data folder")->capture_default_str();
    command->add_option("--run", run, "the server's folder for sockets (default: run in the data folder)");
    command->add_option("--passphrase-file", options.passphrase_file, "its first line opens the root key's file");
    return command;
  };
  CLI::App* const list_app = with_place(app.add_subcommand("list", "account keys, their versions, what is under them"));
  CLI::App* const rotate_app = with_place(app.add_subcommand("rotate", "new versions, and everything wrapped again"));
  rotate_app->add_option("--account", account, "of this account only");
  rotate_app->add_flag("--root", root, "a new root key instead");
  rotate_app->add_flag("--retire", retire, "destroy the old versions when nothing is under them any more");
  CLI::App* const destroy_app = with_place(app.add_subcommand("destroy", "destroy a key: for good"));
  destroy_app->add_option("key", key, "id of the key, from `sealhall keys list`")->required();
  destroy_app->add_option("--version", version, "this version only");
  destroy_app->add_flag("--with-content", with_content, "also when content needs it, which is lost then");
  destroy_app->add_flag("--yes", sure, "you are sure");
  CLI::App* const kit_app = with_place(app.add_subcommand("kit", "print the recovery kit"));
  CLI::App* const recover_app =
      with_place(app.add_subcommand("recover", "put the root key back from the recovery kit"));
  recover_app->add_option("--kit", kit_file, "file with the kit (default: typed in)");
  CLI11_PARSE(app, argc, argv);

  if (run.empty()) run = data + "/run";
  options.folder = data + "/keys";
  if (list_app->parsed()) return list(run);
  if (rotate_app->parsed()) return rotate(run, {account, root, retire});
  if (destroy_app->parsed()) return destroy(run, key, version, with_content, sure);
  if (kit_app->parsed()) return kit(options);
  return recover_app->parsed() ? recover(options, kit_file) : 2;
}

}  // namespace sealhall::keys
