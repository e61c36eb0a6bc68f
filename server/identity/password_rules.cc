#include "server/identity/password_rules.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/ascii.h"
#include "server/identity/common_words.h"
#include "server/identity/utf8.h"

namespace sealhall::identity {
namespace {

/// Bytes. What comes behind them makes no password easier to guess, and the estimate takes their square in time.
constexpr std::size_t longest_estimated = 128;

// The costs, in bits. A larger one lets weak passwords through, a smaller one refuses good ones by accident.
constexpr double word_bits = 9.5;    // one of some hundred words, and where it stands
constexpr double personal_bits = 2;  // the first things that somebody tries
constexpr double capitals_bits = 1;  // first letter or all; one more when they are anywhere
constexpr double substitution_bits = 1.5;
constexpr double run_bits = 5;
constexpr double repeat_bits = 4;
constexpr double year_bits = 6;
constexpr double date_bits = 11;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }

/// What a digit or sign stands for when it replaces a letter; 0 when it does not.
char letter_for(char c) {
  switch (c) {
    case '0':
      return 'o';
    case '1':
    case '!':
    case '|':
      return 'i';
    case '3':
      return 'e';
    case '4':
    case '@':
      return 'a';
    case '5':
    case '$':
      return 's';
    case '7':
    case '+':
      return 't';
    case '8':
      return 'b';
    default:
      return 0;
  }
}

double brute_bits(char c) {
  if (is_digit(c)) return 3.33;
  if (c >= 'a' && c <= 'z') return 4.7;
  if (c >= 'A' && c <= 'Z') return 5.2;
  if (static_cast<unsigned char>(c) >= 0x80) return 4.0;  // one of the two to four bytes of a letter
  return 5.5;
}

/// Cheapest cost to reach each position; `offer` is a piece that ends at `to`.
class Costs {
 public:
  explicit Costs(std::size_t size) : best_(size + 1, 1e9) { best_[0] = 0; }
  void offer(std::size_t from, std::size_t to, double bits) { best_[to] = std::min(best_[to], best_[from] + bits); }
  [[nodiscard]] double total() const { return best_.back(); }

 private:
  std::vector<double> best_;
};

double capitals(std::string_view piece) {
  const auto upper = std::ranges::count_if(piece, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (upper == 0) return 0;
  const bool usual =
      (upper == 1 && piece.front() >= 'A' && piece.front() <= 'Z') || upper == std::ranges::count_if(piece, is_letter);
  return usual ? capitals_bits : capitals_bits + static_cast<double>(upper);
}

/// Extra bits of writing `word` as `piece` (equal length): nullopt when it is another word.
std::optional<double> spelled_as(std::string_view piece, std::string_view word) {
  double extra = capitals(piece);
  bool substituted = false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = ascii_lower(piece[i]);
    if (c == word[i]) continue;
    const char meant = letter_for(c);
    const bool as_l = (c == '1' || c == '|') && word[i] == 'l';
    if (meant != word[i] && !as_l) return std::nullopt;
    if (!substituted) extra += substitution_bits;
    substituted = true;
  }
  return extra;
}

void offer_words(std::string_view text, std::size_t at, const auto& words, double bits, Costs& costs) {
  for (const auto& word : words) {
    const std::string_view w{word};
    if (w.empty() || w.size() > text.size() - at) continue;
    if (const auto extra = spelled_as(text.substr(at, w.size()), w)) costs.offer(at, at + w.size(), bits + *extra);
  }
}

void offer_runs(std::string_view text, std::string_view low, std::size_t at, Costs& costs) {
  for (const std::string_view run : common_runs) {
    for (std::size_t start = 0; start < run.size(); ++start) {
      if (run[start] != low[at]) continue;
      for (const int step : {1, -1}) {
        std::size_t n = 1;
        auto place = static_cast<std::ptrdiff_t>(start) + step;
        while (at + n < low.size() && place >= 0 && place < static_cast<std::ptrdiff_t>(run.size()) &&
               run[static_cast<std::size_t>(place)] == low[at + n]) {
          ++n;
          place += step;
          if (n >= 3) {
            const double bits = run_bits + std::log2(static_cast<double>(n)) + capitals(text.substr(at, n));
            costs.offer(at, at + n, bits);
          }
        }
      }
    }
  }
}

/// "aaaa", "abcabcabc": the unit once, and how often.
void offer_repeats(std::string_view text, std::size_t at, Costs& costs) {
  const std::size_t left = text.size() - at;
  for (std::size_t unit = 1; unit <= left / 2; ++unit) {
    std::size_t times = 1;
    while ((times + 1) * unit <= left && text.substr(at, unit) == text.substr(at + times * unit, unit)) ++times;
    if (times < 2 || times * unit < 3) continue;
    double bits = repeat_bits + std::log2(static_cast<double>(times));
    for (std::size_t i = 0; i < unit; ++i) bits += brute_bits(text[at + i]);
    costs.offer(at, at + times * unit, bits);
  }
}

int number_at(std::string_view digits, std::size_t from, std::size_t size) {
  int value = 0;
  for (const char c : digits.substr(from, size)) value = value * 10 + (c - '0');
  return value;
}
bool is_day_and_month(int a, int b) { return a >= 1 && b >= 1 && ((a <= 31 && b <= 12) || (a <= 12 && b <= 31)); }

/// Six digits as ddmmyy, mmddyy or yymmdd; eight with the whole year.
bool is_date(std::string_view digits) {
  if (digits.size() == 6) {
    return is_day_and_month(number_at(digits, 0, 2), number_at(digits, 2, 2)) ||
           is_day_and_month(number_at(digits, 2, 2), number_at(digits, 4, 2));
  }
  const auto is_year = [](int y) { return y >= 1900 && y < 2050; };
  return (is_year(number_at(digits, 4, 4)) && is_day_and_month(number_at(digits, 0, 2), number_at(digits, 2, 2))) ||
         (is_year(number_at(digits, 0, 4)) && is_day_and_month(number_at(digits, 4, 2), number_at(digits, 6, 2)));
}

void offer_dates(std::string_view text, std::size_t at, Costs& costs) {
  std::size_t digits = 0;
  while (at + digits < text.size() && is_digit(text[at + digits])) ++digits;
  const int year = digits >= 4 ? number_at(text, at, 4) : 0;
  if (year >= 1900 && year < 2050) costs.offer(at, at + 4, year_bits);
  for (const std::size_t size : {std::size_t{6}, std::size_t{8}}) {
    if (digits >= size && is_date(text.substr(at, size))) costs.offer(at, at + size, date_bits + 2);
  }
  // With something between: 31.12.1999, 1999-12-31.
  std::string bare{text.substr(at, 10)};
  if (bare.size() != 10 || !is_digit(bare.front()) || !is_digit(bare.back())) return;
  std::erase_if(bare, [](char c) { return !is_digit(c); });
  if (bare.size() == 8 && is_date(bare)) costs.offer(at, at + 10, date_bits + 3);
}

bool is_plain_text(std::string_view text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
}

/// The words of a login or a name, lower case, three letters at least: "ada.l@example.org" gives ada, example, org.
std::vector<std::string> personal_words(const PasswordOwner& owner) {
  std::set<std::string> words;
  for (const std::string* source : {&owner.login, &owner.name}) {
    const std::string low = ascii_lower(*source);
    std::string word;
    std::string whole;
    for (const char c : low + " ") {
      const bool inside = is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
      if (inside) {
        word += c;
        whole += c;
        continue;
      }
      if (word.size() >= 3) words.insert(word);
      word.clear();
    }
    if (whole.size() >= 3) words.insert(whole);
    if (low.size() >= 3) words.insert(low);
  }
  return {words.begin(), words.end()};
}

}  // namespace

double guess_bits(std::string_view password, const std::vector<std::string>& personal) {
  password = password.substr(0, longest_estimated);
  const std::string low = ascii_lower(password);
  Costs costs{password.size()};
  for (std::size_t at = 0; at < password.size(); ++at) {
    costs.offer(at, at + 1, brute_bits(password[at]));
    offer_words(password, at, common_words, word_bits, costs);
    offer_words(password, at, personal, personal_bits, costs);
    offer_runs(password, low, at, costs);
    offer_repeats(password, at, costs);
    offer_dates(password, at, costs);
  }
  return password.empty() ? 0 : costs.total();
}

std::string_view sentence_for(PasswordProblem problem) noexcept {
  switch (problem) {
    case PasswordProblem::too_short:
      return "At least 10 characters.";
    case PasswordProblem::too_long:
      return "At most 128 characters.";
    case PasswordProblem::not_text:
      return "Letters, digits, signs and spaces only.";
    case PasswordProblem::personal:
      return "Too close to your name or login. Three or four random words are a good password.";
    case PasswordProblem::guessable:
      return "Too easy to guess. Three or four random words are a good password.";
    case PasswordProblem::breached:
      return "This password was found in a data breach somewhere. Please choose another one.";
  }
  return "";
}

double guess_bits(std::string_view password, const PasswordOwner& owner) {
  return guess_bits(password, personal_words(owner));
}

std::optional<PasswordProblem> check_password(std::string_view password, const PasswordOwner& owner,
                                              const BreachList* breached) {
  if (password.size() > 4 * max_password_characters) return PasswordProblem::too_long;  // of UTF-8
  if (!is_plain_text(password)) return PasswordProblem::not_text;
  const auto characters =
      std::ranges::count_if(password, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  if (static_cast<std::size_t>(characters) < min_password_characters) return PasswordProblem::too_short;
  if (static_cast<std::size_t>(characters) > max_password_characters) return PasswordProblem::too_long;
  if (guess_bits(password) < enough_guess_bits) return PasswordProblem::guessable;
  if (guess_bits(password, owner) < enough_guess_bits) return PasswordProblem::personal;
  if (breached != nullptr && breached->contains(password)) return PasswordProblem::breached;
  return std::nullopt;
}

}  // namespace sealhall::identity
