#include "server/bbb/request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "io/http/message.h"
#include "store/dialect.h"

namespace sealhall::bbb {
namespace {

constexpr std::size_t most_parameters = 300;
constexpr std::string_view checksum_name = "checksum=";

/// Calls `use(pair)` for each part between '&'.
template <class Use>
void each_pair(std::string_view raw, Use use) {
  while (!raw.empty()) {
    const std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
    if (!pair.empty()) use(pair);
  }
}

std::optional<std::string> decoded(std::string_view text) {
  std::string spaced{text};
  std::ranges::replace(spaced, '+', ' ');
  auto out = io::percent_decode(spaced);
  if (!out || !store::is_storable_text(*out)) return std::nullopt;
  return out;
}

std::optional<crypto::HashAlgorithm> algorithm_of(std::size_t digits, bool sha1) {
  switch (digits) {
    case 40:
      if (sha1) return crypto::HashAlgorithm::sha1;
      return std::nullopt;
    case 64:
      return crypto::HashAlgorithm::sha256;
    case 96:
      return crypto::HashAlgorithm::sha384;
    case 128:
      return crypto::HashAlgorithm::sha512;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> Parameters::find(std::string_view name) const {
  const auto it = std::ranges::find(list_, name, [](const auto& p) { return std::string_view{p.first}; });
  if (it == list_.end() || it->second.empty()) return std::nullopt;
  return it->second;
}

bool Parameters::flag(std::string_view name, bool otherwise) const {
  const auto value = find(name);
  if (!value) return otherwise;
  return *value == "true" || *value == "True" || *value == "TRUE" || *value == "1";
}

std::optional<std::uint32_t> Parameters::number(std::string_view name, std::uint32_t most) const {
  const auto text = find(name);
  if (!text) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value > most) return std::nullopt;
  return value;
}

std::optional<Parameters> parse_parameters(std::string_view raw) {
  std::vector<std::pair<std::string, std::string>> list;
  bool broken = false;
  each_pair(raw, [&](std::string_view pair) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || list.size() >= most_parameters) {
      broken = true;
      return;
    }
    list.emplace_back(std::move(*name), std::move(*value));
  });
  if (broken) return std::nullopt;
  return Parameters{std::move(list)};
}

std::optional<Signed> cut_checksum(std::string_view raw) {
  Signed out;
  int found = 0;
  bool first = true;
  // By hand, not by pairs: empty parts between two '&' are signed like everything else.
  for (std::string_view rest = raw;;) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    if (pair.starts_with(checksum_name)) {
      ++found;
      out.checksum = pair.substr(checksum_name.size());
    } else {
      if (!first) out.text += '&';
      out.text += pair;
      first = false;
    }
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  if (found != 1) return std::nullopt;
  return out;
}

bool is_right_checksum(std::string_view call, std::string_view text, std::string_view secret, std::string_view checksum,
                       bool sha1) {
  const auto algorithm = algorithm_of(checksum.size(), sha1);
  const auto given = from_hex(checksum);
  if (secret.empty() || !algorithm || !given) return false;
  std::array<std::uint8_t, crypto::max_hash_size> right{};
  crypto::digest(*algorithm, {as_bytes(call), as_bytes(text), as_bytes(secret)}, right);
  // Constant time: the code of a code that both sides have differs everywhere or nowhere.
  const crypto::Hmac blind(crypto::HashAlgorithm::sha256, as_bytes(secret));
  std::array<std::uint8_t, 32> code{};
  blind.compute({ByteView{right}.first(crypto::hash_size(*algorithm))}, code);
  return blind.verify({*given}, code, code.size());
}

std::optional<Parameters> verified(std::string_view call, std::string_view query, std::string_view form,
                                   std::string_view secret, bool sha1) {
  for (const std::string_view raw : {query, form}) {
    const auto cut = cut_checksum(raw);
    if (cut && is_right_checksum(call, cut->text, secret, cut->checksum, sha1)) return parse_parameters(cut->text);
  }
  // The checksum in the query and all parameters in the form, as some clients do it.
  const auto cut = cut_checksum(query);
  if (cut && cut->text.empty() && !form.empty() && is_right_checksum(call, form, secret, cut->checksum, sha1))
    return parse_parameters(form);
  return std::nullopt;
}

}  // namespace sealhall::bbb
