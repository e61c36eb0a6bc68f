// The one translation unit that includes toml++.
#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "server/main/serve_options.h"

namespace sealhall::main {
namespace {

bool take(const toml::node& node, std::string& into) {
  const auto value = node.value_exact<std::string>();
  if (value) into = *value;
  return value.has_value();
}
bool take(const toml::node& node, bool& into) {
  const auto value = node.value_exact<bool>();
  if (value) into = *value;
  return value.has_value();
}
template <typename Number>
bool take_number(const toml::node& node, Number& into) {
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < 0 || *value > 65535) return false;
  into = static_cast<Number>(*value);
  return true;
}
bool take(const toml::node& node, std::vector<std::string>& into) {
  std::string one;
  if (take(node, one)) {
    into = {one};
    return true;
  }
  const toml::array* list = node.as_array();
  if (list == nullptr) return false;
  into.clear();
  for (const toml::node& element : *list) {
    if (!take(element, one)) return false;
    into.push_back(one);
  }
  return true;
}

constexpr std::array settings{"data",
                              "database",
                              "run",
                              "listen",
                              "udp_port",
                              "public_address",
                              "public_url",
                              "workers",
                              "api_rate",
                              "cert",
                              "key",
                              "name",
                              "passphrase_file",
                              "pkcs11_module",
                              "pkcs11_token",
                              "pkcs11_pin_file",
                              "webhooks_anywhere",
                              "webhooks_ca",
                              "bbb_sha1",
                              "scan_command",
                              "s3_endpoint",
                              "s3_bucket",
                              "s3_region",
                              "s3_access_key",
                              "s3_secret_key",
                              "s3_prefix",
                              "s3_ca",
                              "scan_clamd",
                              "scan_fail_open"};

/// Letters to insert, remove or replace to get from one word to the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

/// " Did you mean \"listen\"?", or nothing when no setting is near.
std::string suggestion(std::string_view wrong) {
  const auto nearest = std::ranges::min_element(settings, {}, [&](std::string_view s) { return distance(wrong, s); });
  constexpr std::size_t near = 3;
  return distance(wrong, *nearest) > near ? "" : " Did you mean \"" + std::string{*nearest} + "\"?";
}

}  // namespace

expected<void, std::string> read_configuration(const std::string& path, const std::vector<std::string>& given,
                                               ServeOptions& options) {
  const toml::parse_result parsed = toml::parse_file(path);
  const auto at = [&](const toml::source_region& where) {
    return path + ", line " + std::to_string(where.begin.line) + ": ";
  };
  if (!parsed) {
    std::string what{parsed.error().description()};
    return unexpected(parsed.error().source().begin.line == 0 ? "The file " + path + " cannot be read."
                                                              : at(parsed.error().source()) + what + ".");
  }
  for (const auto& [key, node] : parsed.table()) {
    const std::string name{key.str()};
    ServeOptions ignored;
    ServeOptions& o = std::ranges::find(given, name) != given.end() ? ignored : options;
    bool known = true;
    bool good = false;
    if (name == "data") {
      good = take(node, o.data);
    } else if (name == "database") {
      good = take(node, o.database);
    } else if (name == "run") {
      good = take(node, o.run);
    } else if (name == "listen") {
      good = take(node, o.listen);
    } else if (name == "udp_port") {
      good = take_number(node, o.udp_port);
    } else if (name == "public_address") {
      good = take(node, o.public_addresses);
    } else if (name == "public_url") {
      good = take(node, o.public_url);
    } else if (name == "workers") {
      good = take_number(node, o.workers);
    } else if (name == "api_rate") {
      good = take_number(node, o.api_rate);
    } else if (name == "webhooks_anywhere") {
      good = take(node, o.webhooks_anywhere);
    } else if (name == "webhooks_ca") {
      good = take(node, o.webhooks_ca);
    } else if (name == "bbb_sha1") {
      good = take(node, o.bbb_sha1);
    } else if (name == "scan_command") {
      good = take(node, o.scan_command);
    } else if (name == "scan_clamd") {
      good = take(node, o.scan_clamd);
    } else if (name == "scan_fail_open") {
      good = take(node, o.scan_fail_open);
    } else if (name == "cert") {
      good = take(node, o.certificate);
    } else if (name == "key") {
      good = take(node, o.key);
    } else if (name == "name") {
      good = take(node, o.names);
    } else if (name == "passphrase_file") {
      good = take(node, o.passphrase_file);
    } else if (name == "pkcs11_module") {
      good = take(node, o.pkcs11_module);
    } else if (name == "pkcs11_token") {
      good = take(node, o.pkcs11_token);
    } else if (name == "pkcs11_pin_file") {
      good = take(node, o.pkcs11_pin_file);
    } else if (name == "s3_endpoint") {
      good = take(node, o.blobs.s3_endpoint);
    } else if (name == "s3_bucket") {
      good = take(node, o.blobs.s3_bucket);
    } else if (name == "s3_region") {
      good = take(node, o.blobs.s3_region);
    } else if (name == "s3_access_key") {
      good = take(node, o.blobs.s3_access_key);
    } else if (name == "s3_secret_key") {
      good = take(node, o.blobs.s3_secret_key);
    } else if (name == "s3_prefix") {
      good = take(node, o.blobs.s3_prefix);
    } else if (name == "s3_ca") {
      good = take(node, o.blobs.s3_ca);
    } else {
      known = false;
    }
    if (!known) return unexpected(at(node.source()) + "there is no setting \"" + name + "\"." + suggestion(name));
    if (!good) return unexpected(at(node.source()) + "\"" + name + "\" has the wrong kind of value.");
  }
  return {};
}

}  // namespace sealhall::main
