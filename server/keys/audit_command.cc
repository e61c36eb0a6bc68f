// `sealhall audit`: verify on the files, head from the running server.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>

#include "server/keys/commands.h"
#include "server/keys/control_client.h"
#include "server/keys/key_files.h"

namespace sealhall::keys {
namespace {

int fail(const std::string& sentence) {
  std::fprintf(stderr, "sealhall audit: %s\n", sentence.c_str());
  return 1;
}

int verify(const std::string& folder, const std::string& expected_at) {
  std::optional<kms::AuditPosition> watched;
  if (!expected_at.empty()) {
    watched = position_from(expected_at);
    if (!watched) return fail("--expect is a number, a colon and a hash, as `sealhall audit head` prints them.");
  }
  const auto result = verify_audit(folder, watched);
  if (!result) return fail(result.error());
  std::printf("The audit log is whole: %llu entries, %llu signed checkpoints, %llu entries since the last one.\n%s\n",
              static_cast<unsigned long long>(result->entries), static_cast<unsigned long long>(result->checkpoints),
              static_cast<unsigned long long>(result->unsigned_entries),
              to_text({result->entries, result->chain}).c_str());
  return 0;
}

int head(const std::string& run) {
  auto client = ControlClient::connect(run);
  if (!client) return fail(client.error());
  const auto answer = client->ask(wire::keys::ReadAudit{});
  if (!answer) return fail(answer.error());
  const auto* at = std::get_if<wire::keys::Position>(&*answer);
  if (at == nullptr || at->chain.size() != sizeof(kms::AuditHash)) return fail("The server's answer cannot be read.");
  kms::AuditPosition position{at->entries, {}};
  std::ranges::copy(at->chain, position.chain.begin());
  std::printf("%s\n", to_text(position).c_str());
  return 0;
}

}  // namespace

int audit_main(int argc, char** argv) {
  CLI::App app{"The log of every use of a key.", "sealhall audit"};
  app.require_subcommand(1);
  std::string data = "sealhall-data", run, expected_at;
  CLI::App* const verify_app = app.add_subcommand("verify", "check that nothing in the log was changed or removed");
  CLI::App* const head_app = app.add_subcommand("head", "print where the log is now, to be kept somewhere else");
  for (CLI::App* command : {verify_app, head_app}) {
    command->add_option("--data", data, "the server's data folder")->capture_default_str();
    command->add_option("--run", run, "the server's folder for sockets (default: run in the data folder)");
  }
  verify_app->add_option("--expect", expected_at, "what `sealhall audit head` has printed before");
  CLI11_PARSE(app, argc, argv);
  if (run.empty()) run = data + "/run";
  return verify_app->parsed() ? verify(data + "/keys", expected_at) : head(run);
}

}  // namespace sealhall::keys
