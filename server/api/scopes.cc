#include "server/api/scopes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sealhall::api {
namespace {

constexpr std::string_view admin = ":admin";

/// Where the classic family has another name than the granular one.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> families{{
    {"cloud_recording", "recording"},
    {"dashboard", "dashboard_meetings"},
    {"tracking_field", "trackingfield"},
    {"live_meeting", "meeting"},
}};

}  // namespace

std::string classic_scope(std::string_view granular) {
  const std::size_t first = granular.find(':');
  if (first == std::string_view::npos) return std::string{granular};
  std::string_view family = granular.substr(0, first);
  for (const auto& [from, to] : families) {
    if (family == from) family = to;
  }
  std::string_view action = granular.substr(first + 1);
  action = action.substr(0, action.find(':'));
  // The classic ones know reading and writing only.
  if (action == "update" || action == "delete") action = "write";
  return std::string{family} + ":" + std::string{action};
}

Scopes Scopes::parse(std::string_view text) {
  Scopes out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" ,\t\n"), text.size());
    if (end > 0) out.words_.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::ranges::sort(out.words_);
  out.words_.erase(std::ranges::unique(out.words_).begin(), out.words_.end());
  return out;
}

std::string Scopes::text() const {
  std::string out;
  for (const std::string& word : words_) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

bool Scopes::contains(std::string_view word) const noexcept { return std::ranges::binary_search(words_, word); }

Reach Scopes::reach(std::string_view scope) const noexcept {
  if (scope.empty()) return Reach::none;
  Reach best = Reach::none;
  for (const std::string& granular : {std::string{scope}, classic_scope(scope)}) {
    if (contains(granular + std::string{admin})) return Reach::account;
    if (contains(granular)) best = Reach::own;
  }
  return best;
}

Scopes Scopes::within(const Scopes& allowed) const {
  Scopes out;
  std::ranges::set_intersection(words_, allowed.words_, std::back_inserter(out.words_));
  return out;
}

}  // namespace sealhall::api
