// Scopes of API applications, in the two ways that the field writes them: classic "meeting:read:admin" and granular
// "meeting:read:list_meetings:admin".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sealhall::api {

/// How far a grant reaches.
enum class Reach : std::uint8_t {
  none,
  own,      ///< what belongs to the person that the application acts for
  account,  ///< everything of the account: the ":admin" form
};

class Scopes {
 public:
  Scopes() = default;
  /// From the text of a token request or a store row: separated by spaces or commas; unknown words stay but match
  /// nothing.
  static Scopes parse(std::string_view text);
  /// Separated by spaces, as RFC 6749 section 3.3 says.
  [[nodiscard]] std::string text() const;

  /// `scope` is the granular name without ":admin", as an endpoint states it: "meeting:read:list_meetings". It is
  /// granted by itself or by its classic form "meeting:read"; each with ":admin" for the whole account.
  [[nodiscard]] Reach reach(std::string_view scope) const noexcept;
  [[nodiscard]] bool contains(std::string_view word) const noexcept;
  /// Every word of this that is in `allowed` too, literally.
  [[nodiscard]] Scopes within(const Scopes& allowed) const;
  [[nodiscard]] bool empty() const noexcept { return words_.empty(); }
  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }

 private:
  std::vector<std::string> words_;  ///< sorted, each once
};

/// "cloud_recording:read:list_recording_files" -> "recording:read": the classic scope that includes a granular one.
std::string classic_scope(std::string_view granular);

}  // namespace sealhall::api
