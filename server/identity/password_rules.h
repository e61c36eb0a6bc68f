// Which passwords are refused: too short, easily guessed, made of the login, or in the operator's list of breached
// ones.
//
// "Easily guessed" is a computed estimate, not a downloaded list: a password is cut into the pieces that people build
// passwords from (common words with capitals and digits for letters, keyboard runs, sequences, repetitions, dates, the
// person's own name and login), each with the number of guesses that it costs, and the cheapest way to write it counts.
// "Breached" is what the file says that the operator supplies (`BreachList`); without one nothing is known of breaches.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"

namespace sealhall::identity {

inline constexpr std::size_t min_password_characters = 10;
inline constexpr std::size_t max_password_characters = 128;
/// 2^36 guesses at Argon2id's 50 ms are a century of one core. Larger refuses what people can remember.
inline constexpr double enough_guess_bits = 36;

enum class PasswordProblem : std::uint8_t {
  too_short,  ///< fewer than 10 characters
  too_long,   ///< more than 128 characters
  not_text,   ///< not UTF-8, or control characters
  personal,   ///< little more than the login, the name or the service's name
  guessable,  ///< among the first 2^36 guesses of somebody who knows how people choose
  breached,   ///< in the operator's list
};
/// A sentence for the person who chose it.
std::string_view sentence_for(PasswordProblem problem) noexcept;

/// How many guesses, as a power of two, somebody needs who tries common words, patterns and `personal` words first.
/// Never more than an honest brute force would need; 0 for an empty text.
double guess_bits(std::string_view password, const std::vector<std::string>& personal = {});

/// Hashes of passwords that are known to be breached, in a sorted text file: one upper- or lower-case hexadecimal SHA-1
/// or SHA-256 a line, whole or its first 10 digits and more (all lines alike), maybe followed by ":count". Searched in
/// the file by halving, so its size does not matter; nothing of it is kept in memory.
class BreachList {
 public:
  /// The failure is a sentence: not there, not in that form, not sorted (looked at near the beginning and the end).
  static expected<std::unique_ptr<BreachList>, std::string> open(const std::string& path);
  ~BreachList();
  BreachList(const BreachList&) = delete;
  BreachList& operator=(const BreachList&) = delete;

  /// A few reads of the disk. An error while reading is as "not in it", and logged once.
  [[nodiscard]] bool contains(std::string_view password) const;

 private:
  struct Line;
  BreachList(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  [[nodiscard]] std::optional<Line> line_after(std::uint64_t at) const;
  expected<void, std::string> look_at(const std::string& path);

  int fd_;
  std::uint64_t size_;
  bool sha256_ = false;
  std::size_t digits_ = 0;
  mutable bool complained_ = false;
};

/// Who chooses; what an attacker tries first.
struct PasswordOwner {
  std::string login;
  std::string name;
};

/// The same, with what an attacker tries first of this person.
double guess_bits(std::string_view password, const PasswordOwner& owner);

/// The first thing that is wrong with it; nullopt: it may be used.
std::optional<PasswordProblem> check_password(std::string_view password, const PasswordOwner& owner,
                                              const BreachList* breached = nullptr);

}  // namespace sealhall::identity
