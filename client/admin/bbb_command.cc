// `sealhall bbb`: the address and the secret by which learning platforms use this server.
#include <CLI/CLI.hpp>
#include <iostream>

#include "client/admin/account_options.h"
#include "client/admin/commands.h"

namespace sealhall::admin {

int bbb_main(int argc, char** argv) {
  CLI::App app{"The address and secret that a learning platform asks for (BigBlueButton-compatible API).",
               "sealhall bbb"};
  app.require_subcommand(1);
  AccountOptions account;
  bool renew = false;
  auto* secret = app.add_subcommand("secret", "print the address and the shared secret; the first time one is made");
  account.add_to(*secret);
  secret->add_flag("--new", renew, "make a new secret; the one before stops working at once");
  if (const auto code = parse(app, argc, argv)) return *code;
  auto session = account.sign_in();
  if (!session) return fail(session.error());
  auto access = (*session)->call("GET", "/v2/bbb");
  if (!access) return fail(access.error());
  if (renew || text_of(*access, "secret").empty()) {
    access = (*session)->call("POST", "/v2/bbb/secret");
    if (!access) return fail(access.error());
  }
  std::cout << "address: " << text_of(*access, "url") << "\nsecret:  " << text_of(*access, "secret") << "\n";
  const auto* sha1 = access->if_contains("sha1");
  if (sha1 != nullptr && sha1->is_bool() && !sha1->get_bool())
    std::cout << "SHA-256, SHA-384 or SHA-512 checksums; for a platform that only has SHA-1, serve with --bbb-sha1.\n";
  return 0;
}

}  // namespace sealhall::admin
