#include "io/tls/openssl.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

namespace sealhall::io {

std::string take_openssl_error() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (error == 0) return "no reason given";
  if (const char* reason = ERR_reason_error_string(error)) return reason;
  std::array<char, 160> text{};
  ERR_error_string_n(error, text.data(), text.size());
  return text.data();
}

std::string certificate_fingerprint(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    if (i > 0) text += ':';
    text += hex[digest[i] >> 4];
    text += hex[digest[i] & 15];
  }
  return text;
}

std::int64_t asn1_time_to_unix_micros(const ASN1_TIME* time) {
  std::tm t{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &t) != 1) return 0;
  return static_cast<std::int64_t>(::timegm(&t)) * 1'000'000;
}

std::string certificate_names(const X509* certificate, std::size_t most) {
  std::string text;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const int count = names != nullptr ? sk_GENERAL_NAME_num(names) : 0;
  std::size_t shown = 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    std::string one;
    if (name->type == GEN_DNS) {
      const auto* raw = ASN1_STRING_get0_data(name->d.dNSName);
      one.assign(reinterpret_cast<const char*>(raw), static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      std::array<char, INET6_ADDRSTRLEN> ip{};
      const int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
      if (family == AF_INET6 && ASN1_STRING_length(name->d.iPAddress) != 16) continue;
      ::inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), ip.data(), ip.size());
      one = ip.data();
    } else {
      continue;
    }
    // The names come from outside and end in a terminal.
    for (char& c : one) {
      if (c <= ' ' || c >= 0x7f) c = '?';
    }
    if (shown++ == most) {
      text += ", ..";
      break;
    }
    if (!text.empty()) text += ", ";
    text += one;
  }
  GENERAL_NAMES_free(names);
  return text;
}

std::string date_text(std::int64_t unix_micros) {
  const std::time_t seconds = unix_micros / 1'000'000;
  std::tm t{};
  ::gmtime_r(&seconds, &t);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &t);
  return text.data();
}

BioPtr memory_bio(ByteView text) { return BioPtr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; }

}  // namespace sealhall::io
