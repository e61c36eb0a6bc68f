// A call as it comes: name, parameters and checksum. The checksum is hash(call + raw query without it + secret); the
// length of the hash says which one it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealhall::bbb {

/// Decoded, in order. Of two with the same name the first counts.
class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(std::vector<std::pair<std::string, std::string>> list) : list_(std::move(list)) {}
  /// nullopt when it is absent or empty: the field's clients send empty ones for what they do not mean.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name, bool otherwise = false) const;  ///< "true" and "1" are true
  /// A whole number from 0 to `most`; nullopt when absent or no such number.
  [[nodiscard]] std::optional<std::uint32_t> number(std::string_view name, std::uint32_t most) const;
  [[nodiscard]] auto begin() const noexcept { return list_.begin(); }
  [[nodiscard]] auto end() const noexcept { return list_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

/// "a=1&b=%20+": nullopt when an escape is broken, the text is no UTF-8, or there are more than 300.
std::optional<Parameters> parse_parameters(std::string_view raw);

/// A query or form cut into what is signed and the checksum. nullopt when there is no checksum, or more than one.
struct Signed {
  std::string text;      ///< without the checksum and its '&'
  std::string checksum;  ///< as it came
};
std::optional<Signed> cut_checksum(std::string_view raw);

/// Whether `checksum` (hexadecimal, 40, 64, 96 or 128 digits) is the one of this call. 40 digits are SHA-1, which is
/// never right unless `sha1`: its collisions can be made, and only old clients need it.
bool is_right_checksum(std::string_view call, std::string_view text, std::string_view secret, std::string_view checksum,
                       bool sha1);

/// The parameters that a right checksum covers: those of the query, or of the form of a POST. nullopt: none is right.
std::optional<Parameters> verified(std::string_view call, std::string_view query, std::string_view form,
                                   std::string_view secret, bool sha1);

}  // namespace sealhall::bbb
