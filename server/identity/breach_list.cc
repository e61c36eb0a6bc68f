// Tested in password_rules_test.cc
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "io/log/log.h"
#include "server/identity/password_rules.h"

namespace sealhall::identity {
namespace {

constexpr std::size_t min_digits = 10;  // 2^40: one in a million innocent passwords would meet a shorter prefix
constexpr std::size_t longest_line = 64 + 32;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

}  // namespace

struct BreachList::Line {
  std::string digits;     ///< upper case
  std::uint64_t end = 0;  ///< where the next line begins
};

BreachList::~BreachList() { ::close(fd_); }

/// The first whole line that begins at `at` or after it; `at` 0 or right after a newline begins one. nullopt at the end
/// of the file and where the file is no such list.
std::optional<BreachList::Line> BreachList::line_after(std::uint64_t at) const {
  std::array<char, 2 * longest_line + 2> block{};
  const std::uint64_t from = at == 0 ? 0 : at - 1;
  const ssize_t n = ::pread(fd_, block.data(), block.size(), static_cast<off_t>(from));
  if (n <= 0) return std::nullopt;
  std::string_view text{block.data(), static_cast<std::size_t>(n)};
  std::uint64_t begin = from;
  if (at != 0) {
    const std::size_t newline = text.find('\n');
    if (newline == std::string_view::npos) return std::nullopt;
    text.remove_prefix(newline + 1);
    begin += newline + 1;
  }
  std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    if (begin + text.size() < size_) return std::nullopt;  // longer than any line of a list
    end = text.size();
  }
  if (end == 0) return std::nullopt;
  Line line;
  line.end = std::min(begin + end + 1, size_);
  for (const char c : text.substr(0, end)) {
    if (!is_hex(c)) break;
    line.digits += upper(c);
  }
  const std::string_view rest = text.substr(line.digits.size(), end - line.digits.size());
  if (!rest.empty() && rest.front() != ':' && rest.front() != '\r') return std::nullopt;
  return line;
}

expected<void, std::string> BreachList::look_at(const std::string& path) {
  const std::string wrong =
      "The file " + path +
      " is not a list of breached passwords: one SHA-1 or SHA-256 in hexadecimal a line, whole or "
      "its first 10 digits and more, sorted.";
  const auto first = line_after(0);
  if (!first) return unexpected(wrong);
  digits_ = first->digits.size();
  if (digits_ < min_digits || digits_ > 64) return unexpected(wrong);
  sha256_ = digits_ > 40;
  const auto sorted_from = [&](std::uint64_t at) {
    std::string last;
    for (int i = 0; i < 1000; ++i) {
      const auto line = line_after(at);
      if (!line) return at >= size_;
      if (line->digits.size() != digits_ || line->digits < last) return false;
      last = line->digits;
      at = line->end;
      if (at >= size_) return true;
    }
    return true;
  };
  if (!sorted_from(0)) return unexpected(wrong);
  if (size_ > 100'000) {
    const auto near_end = line_after(size_ - 20'000);
    if (!near_end || near_end->digits < first->digits || !sorted_from(near_end->end)) return unexpected(wrong);
  }
  return {};
}

expected<std::unique_ptr<BreachList>, std::string> BreachList::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info{};
  if (fd < 0 || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    const int error = fd < 0 ? errno : EINVAL;
    if (fd >= 0) ::close(fd);
    return unexpected("The file " + path + " cannot be read: " + std::generic_category().message(error) + ".");
  }
  std::unique_ptr<BreachList> list{new BreachList{fd, static_cast<std::uint64_t>(info.st_size)}};
  if (auto fine = list->look_at(path); !fine) return unexpected(fine.error());
  return list;
}

bool BreachList::contains(std::string_view password) const {
  std::string wanted = sha256_ ? to_hex(crypto::sha256(as_bytes(password))) : to_hex(crypto::sha1(as_bytes(password)));
  std::ranges::transform(wanted, wanted.begin(), upper);
  wanted.resize(digits_);
  // Invariant: every line that begins before `low` is smaller than `wanted`; every one from `high` on is not.
  std::uint64_t low = 0;
  std::uint64_t high = size_;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto line = line_after(middle);
    if (!line) {
      if (middle + longest_line < size_ && !std::exchange(complained_, true)) {
        io::log::error("the list of breached passwords cannot be read any more");
      }
      high = middle;
      continue;
    }
    if (line->digits == wanted) return true;
    if (line->digits < wanted) {
      low = line->end;
    } else {
      high = middle;
    }
  }
  return false;
}

}  // namespace sealhall::identity
