#include "io/ca/local_ca.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/base/secret.h"
#include "io/ca/certificate.h"
#include "io/files/files.h"
#include "io/net/endpoint.h"
#include "io/tls/openssl.h"

namespace sealhall::io {
namespace {

constexpr std::int64_t day = 86'400LL * 1'000'000;
// Ten years: a new CA must reach every client by hand.
constexpr std::int64_t ca_days = 3650;
// The longest that browsers take.
constexpr std::int64_t server_days = 398;
constexpr std::int64_t renew_days = 30;
// Clocks of clients run behind.
constexpr std::int64_t backdate = 3'600LL * 1'000'000;

UnixMicros operator+(UnixMicros t, std::int64_t micros) { return UnixMicros{static_cast<std::int64_t>(t) + micros}; }

struct Paths {
  explicit Paths(const std::string& folder)
      : ca(folder + "/ca.pem"),
        ca_key(folder + "/ca-key.pem"),
        server(folder + "/server.pem"),
        server_key(folder + "/server-key.pem") {}
  std::string ca, ca_key, server, server_key;
};

Failure from(const FileError& error) {
  return {error.code == EACCES || error.code == EPERM ? NetError::permission : NetError::internal, error.reason};
}

X509Ptr read_certificate(const std::string& path) {
  const auto content = read_file(path);
  if (!content) return nullptr;
  return X509Ptr{PEM_read_bio_X509(memory_bio(*content).get(), nullptr, nullptr, nullptr)};
}

// The key as text, wiped by its owner.
expected<SecretBytes, Failure> read_key(const std::string& path) {
  auto content = read_file(path, 64U << 10);
  if (!content) return unexpected(from(content.error()));
  SecretBytes key{ByteView{*content}};
  wipe(*content);
  return key;
}

PkeyPtr parse_key(const SecretBytes& pem) {
  return PkeyPtr{PEM_read_bio_PrivateKey(memory_bio(pem.reveal()).get(), nullptr, nullptr, nullptr)};
}

bool key_file_matches(const std::string& key_path, const X509* certificate) {
  const auto pem = read_key(key_path);
  if (!pem) return false;
  const PkeyPtr key = parse_key(*pem);
  return key && X509_check_private_key(certificate, key.get()) == 1;
}

std::vector<std::string> wanted_names(const LocalCaOptions& options) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0 && certificate_name_is_valid(host.data()))
    names.emplace_back(host.data());
  names.insert(names.end(), options.names.begin(), options.names.end());
  std::vector<std::string> unique;
  for (std::string& name : names) {
    if (std::ranges::find(unique, name) == unique.end()) unique.push_back(std::move(name));
  }
  return unique;
}

bool is_for(X509* certificate, const std::string& name) {
  if (is_numeric_address(name)) return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
  return X509_check_host(certificate, name.c_str(), name.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

bool server_is_good(const Paths& paths, X509* ca, const std::vector<std::string>& names, UnixMicros now) {
  const X509Ptr server = read_certificate(paths.server);
  if (!server || !key_file_matches(paths.server_key, server.get())) return false;
  if (X509_verify(server.get(), X509_get0_pubkey(ca)) != 1) return false;
  const std::int64_t left = asn1_time_to_unix_micros(X509_get0_notAfter(server.get())) - static_cast<std::int64_t>(now);
  if (left < renew_days * day) return false;
  return std::ranges::all_of(names, [&](const std::string& name) { return is_for(server.get(), name); });
}

expected<void, Failure> write_pair(const std::string& key_path, const std::string& chain_path,
                                   IssuedCertificate& issued, const std::string& chain) {
  // The key first: a key without a certificate is noticed and replaced, a certificate without its key is a loss.
  const auto key_written = write_file_atomically(key_path, as_bytes(issued.key_pem), 0600);
  wipe({reinterpret_cast<std::uint8_t*>(issued.key_pem.data()), issued.key_pem.size()});
  if (!key_written) return unexpected(from(key_written.error()));
  if (const auto written = write_file_atomically(chain_path, as_bytes(chain), 0644); !written) {
    return unexpected(from(written.error()));
  }
  return {};
}

expected<LocalCa, Failure> describe(const Paths& paths) {
  const X509Ptr ca = read_certificate(paths.ca);
  if (!ca) {
    return unexpected(Failure{NetError::not_found, "There is no local certificate authority at " + paths.ca +
                                                       " yet; `sealhall serve` makes one."});
  }
  LocalCa out;
  out.ca_path = paths.ca;
  out.ca_fingerprint = certificate_fingerprint(ca.get());
  out.server = {paths.server, paths.server_key};
  if (const X509Ptr server = read_certificate(paths.server)) {
    out.server_fingerprint = certificate_fingerprint(server.get());
    out.server_not_after = UnixMicros{asn1_time_to_unix_micros(X509_get0_notAfter(server.get()))};
  }
  return out;
}

}  // namespace

expected<LocalCa, Failure> ensure_local_ca(const LocalCaOptions& options) {
  if (const auto made = make_private_folder(options.folder); !made) return unexpected(from(made.error()));
  const Paths paths{options.folder};
  bool made_ca = false;
  if (!file_exists(paths.ca)) {
    auto issued = issue_certificate({.common_name = "Sealhall local CA",
                                     .names = {},
                                     .not_before = options.now + -backdate,
                                     .not_after = options.now + ca_days * day,
                                     .authority = true},
                                    nullptr);
    if (!issued) return unexpected(issued.error());
    if (const auto written = write_pair(paths.ca_key, paths.ca, *issued, issued->certificate_pem); !written) {
      return unexpected(written.error());
    }
    made_ca = true;
  }
  const X509Ptr ca = read_certificate(paths.ca);
  if (!ca)
    return unexpected(
        Failure{NetError::certificate_invalid,
                "The file " + paths.ca +
                    " is no certificate. Restore it, or remove it together with ca-key.pem to make a new authority."});
  const std::int64_t ca_end = asn1_time_to_unix_micros(X509_get0_notAfter(ca.get()));
  if (ca_end < static_cast<std::int64_t>(options.now) + day) {
    return unexpected(
        Failure{NetError::certificate_expired,
                "The certificate authority " + paths.ca + " has ended on " + date_text(ca_end) +
                    ". Remove it together with ca-key.pem to make a new one, and give the new file to the clients."});
  }

  const std::vector<std::string> names = wanted_names(options);
  bool made_server = false;
  if (!server_is_good(paths, ca.get(), names, options.now)) {
    const auto key = read_key(paths.ca_key);
    if (!key) return unexpected(key.error());
    const PkeyPtr parsed = parse_key(*key);
    if (!parsed || X509_check_private_key(ca.get(), parsed.get()) != 1) {
      return unexpected(Failure{NetError::certificate_invalid,
                                "The key file " + paths.ca_key + " does not belong to " + paths.ca + "."});
    }
    const auto ca_pem = read_file(paths.ca);
    if (!ca_pem) return unexpected(from(ca_pem.error()));
    IssuedCertificate issuer{std::string{as_text(*ca_pem)}, std::string{as_text(key->reveal())}};
    auto issued = issue_certificate(
        {.common_name = names.size() > 3 ? names[3] : names[0],
         .names = names,
         .not_before = options.now + -backdate,
         .not_after =
             UnixMicros{std::min(static_cast<std::int64_t>(options.now) + server_days * day - backdate, ca_end)},
         .authority = false},
        &issuer);
    wipe({reinterpret_cast<std::uint8_t*>(issuer.key_pem.data()), issuer.key_pem.size()});
    if (!issued) return unexpected(issued.error());
    const std::string chain = issued->certificate_pem + issuer.certificate_pem;
    if (const auto written = write_pair(paths.server_key, paths.server, *issued, chain); !written) {
      return unexpected(written.error());
    }
    made_server = true;
  }
  auto out = describe(paths);
  if (!out) return unexpected(out.error());
  out->made_ca = made_ca;
  out->made_server = made_server;
  return out;
}

expected<LocalCa, Failure> read_local_ca(const std::string& folder) { return describe(Paths{folder}); }

}  // namespace sealhall::io
