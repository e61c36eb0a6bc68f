// `sealhall doctor` and `sealhall upgrade --check`.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "server/keys/commands.h"
#include "server/keys/doctor.h"

namespace sealhall::keys {
namespace {

int print(const std::vector<Finding>& findings) {
  bool well = true;
  for (const Finding& finding : findings) {
    const char* mark = finding.verdict == Verdict::good   ? "ok     "
                       : finding.verdict == Verdict::note ? "note   "
                                                          : "PROBLEM";
    std::printf("%s  %s\n", mark, finding.sentence.c_str());
    well = well && finding.verdict != Verdict::bad;
  }
  return well ? 0 : 1;
}

}  // namespace

int doctor_main(int argc, char** argv, SettingsOf settings_of) {
  CLI::App app{"Looks at the server's folder and says what is not as it should be. Changes nothing.",
               "sealhall doctor"};
  DoctorOptions options{.data = "sealhall-data", .run = ""};
  app.add_option("--data", options.data, "the server's data folder")->capture_default_str();
  app.add_option("--run", options.run, "the server's folder for sockets (default: run in the data folder)");
  app.add_option("--passphrase-file", options.passphrase_file, "its first line opens the root key's file");
  app.add_option("--scan-clamd", options.scan_clamd, "ask this virus scanner whether it answers");
  CLI11_PARSE(app, argc, argv);
  const auto settings = settings_of(options.data);
  if (!settings) return print({{Verdict::bad, settings.error()}});
  if (options.passphrase_file.empty()) options.passphrase_file = settings->passphrase_file;
  options.database = settings->database;
  options.root_in_hsm = settings->root_in_hsm;
  options.blobs = settings->blobs;
  if (options.scan_clamd.empty()) options.scan_clamd = settings->scan_clamd;
  return print(examine(options));
}

int upgrade_main(int argc, char** argv) {
  CLI::App app{"Says what a start of this version would change. The start itself does it.", "sealhall upgrade"};
  std::string data = "sealhall-data";
  bool check = false;
  app.add_option("--data", data, "the server's data folder")->capture_default_str();
  app.add_flag("--check", check, "only look")->required();
  CLI11_PARSE(app, argc, argv);
  return print(examine_upgrade(data));
}

}  // namespace sealhall::keys
